/** Two windows of one app, in a real browser: what one stores reaches the other while both are open. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { PATIENCE_MS, serve, type Served } from "./chromium";

let served: Served;

beforeAll(async () => {
  served = await serve();
}, PATIENCE_MS);

afterAll(() => served?.close());

it(
  "makes every open window larger by a key in one of them",
  async () => {
    const context = await served.browser.newContext();
    try {
      const [main, debug] = [await context.newPage(), await context.newPage()];
      const factor = (page: typeof main): Promise<string> => page.evaluate(() => document.documentElement.style.zoom);
      await main.goto(`${served.url}?name=Ada&meeting&frames=none`);
      await debug.goto(`${served.url}?view=debug&meeting&diagnostics`);
      await main.getByTestId("meeting").waitFor();
      await debug.getByTestId("debug-panel").waitFor();
      await main.keyboard.press("Control++");
      await expect.poll(() => factor(debug), { timeout: PATIENCE_MS / 4 }).toBe("1.1");
      await debug.keyboard.press("Control+-");
      await debug.keyboard.press("Control+-");
      await expect.poll(() => factor(main), { timeout: PATIENCE_MS / 4 }).toBe("0.9");
      expect(await factor(debug)).toBe("0.9");
    } finally {
      await context.close();
    }
  },
  PATIENCE_MS,
);

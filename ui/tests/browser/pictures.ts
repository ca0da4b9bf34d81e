/**
 * Takes the picture of every screen in every size, light and dark, for people and for the documents: `cargo xtask
 * screenshots`. `SCREENS` names the folder for them, `SCREEN` the only one to take.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { afterAll, beforeAll, it } from "vitest";

import { PATIENCE_MS, serve, type Served } from "./chromium";
import { SCREENS, SIZES, type Screen, type Size } from "./screens";

const FOLDER = process.env["SCREENS"] ?? "";
const ONLY = process.env["SCREEN"];
/** After this, pictures play, the quality of connections is known, and charts have a line. */
const PLAYED_MS = 3000;
/** After this, fades are over. */
const FADED_MS = 500;
/** A tenth of the size of PNG, and the difference is not visible. */
const QUALITY = 80;

let served: Served;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  served = await serve();
}, PATIENCE_MS);

afterAll(() => served?.close());

async function shoot(page: Page, file: string): Promise<void> {
  const tools = await page.context().newCDPSession(page);
  const { data } = await tools.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  writeFileSync(file, Buffer.from(data, "base64"));
}

async function take(screen: Screen, size: Size): Promise<void> {
  const page = await served.browser.newPage({ viewport: size, reducedMotion: "reduce", colorScheme: "light", locale: "en-GB" });
  try {
    page.setDefaultTimeout(PATIENCE_MS / 4);
    await page.goto(`${served.url}?${screen.query}`);
    await screen.go?.(page);
    await page.getByTestId(screen.shows).first().waitFor();
    if ((await page.locator("canvas, [data-testid=charts]").count()) > 0) await page.waitForTimeout(PLAYED_MS);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(FADED_MS);
      await shoot(page, join(FOLDER, `${screen.name}-${size.name}-${colorScheme}.webp`));
    }
  } finally {
    await page.close();
  }
}

for (const screen of SCREENS.filter(({ name }) => ONLY === undefined || name === ONLY)) {
  it(
    screen.name,
    async () => {
      for (const size of Object.values(SIZES)) await take(screen, size);
    },
    PATIENCE_MS,
  );
}

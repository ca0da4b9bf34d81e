/**
 * The page with the fake backend in a real browser: built like the app, and served with the app's own security policy.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium, type Browser } from "playwright-core";
import { build, preview } from "vite";

/** For a machine that does much else at the same time. */
export const PATIENCE_MS = 120_000;

/** `CHROMIUM` names another path. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

function executable(): string {
  const named = process.env["CHROMIUM"];
  if (named) return named;
  const found = PLACES.find((place) => existsSync(place));
  if (!found) throw new Error("No Chromium to look at the page with. Install it (`cargo xtask setup`), or name one in CHROMIUM.");
  return found;
}

export interface Served {
  browser: Browser;
  /** URL of the page, for a query to follow. */
  url: string;
  close(): Promise<void>;
}

export async function serve(): Promise<Served> {
  const executablePath = executable();
  const outDir = mkdtempSync(join(tmpdir(), "holdfast-ui-"));
  await build({ mode: "fake", logLevel: "error", build: { outDir, emptyOutDir: true } });
  const server = await preview({ build: { outDir }, preview: { host: "127.0.0.1", port: 0, strictPort: true } });
  // Without the sandbox if root in a container may not use it. The page is our own.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  return {
    browser,
    url: server.resolvedUrls?.local[0] ?? "",
    close: async () => {
      await browser.close();
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

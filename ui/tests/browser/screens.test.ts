/**
 * Every screen in a real browser, light and dark: no violation of WCAG 2.2 AA that axe can see, nothing lost at 200 %
 * zoom, nothing the security policy would stop. With `SCREENS=FOLDER` it also takes their pictures.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { PATIENCE_MS, serve, type Served } from "./chromium";
import { SCREENS, type Screen } from "./screens";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What 1280 x 800 is at 200 %. */
const ZOOMED = { width: 640, height: 400 };
const SIZES = [
  { width: 1280, height: 800 },
  { width: 800, height: 600 },
  { width: 480, height: 360 },
];

const PICTURES = process.env["SCREENS"];

let served: Served;

beforeAll(async () => {
  served = await serve();
}, PATIENCE_MS);

afterAll(() => served?.close());

async function open(screen: Screen): Promise<{ page: Page; complaints: string[] }> {
  const page = await served.browser.newPage({ viewport: SIZES[0]!, reducedMotion: "reduce", colorScheme: "light", locale: "en-GB" });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.setDefaultTimeout(PATIENCE_MS);
  // Moving pictures cost more than all the rest, and axe does not see them.
  const frames = PICTURES ? "" : "&frames=none";
  await page.goto(`${served.url}?${screen.query}${frames}`);
  await screen.go?.(page);
  await page.getByTestId(screen.shows).first().waitFor();
  return { page, complaints };
}

/** What moves for a moment, and what is laid out with the next frame. */
function settle(page: Page): Promise<void> {
  return page.evaluate(async () => {
    // One that ends may begin another: a colour that is handed down is a transition of its own further down.
    for (let round = 0; round < 20; round += 1) {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const moving = document.getAnimations();
      if (moving.length === 0 && round > 0) return;
      await Promise.all(moving.map(({ finished }) => finished.catch(() => undefined)));
    }
  });
}

async function violations(page: Page, options: axe.RunOptions): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async (options) => {
    const { axe: inPage } = window as unknown as { axe: { run(options: object): Promise<axe.AxeResults> } };
    const results = await inPage.run(options);
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ""}`).join(" | ")}`);
  }, options);
  return found;
}

/** What sticks out of the window to the side, and can be reached in no way. */
function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const lost = [...document.querySelectorAll("button, input, select, a, h1, h2")].filter((one) => {
      const { left, right, width } = one.getBoundingClientRect();
      const visible = width > 1 && one.checkVisibility({ visibilityProperty: true });
      return visible && (left < -1 || right > innerWidth + 1) && !one.closest("nav");
    });
    const page = document.scrollingElement!;
    return [
      ...lost.map((one) => one.outerHTML.slice(0, 120)),
      ...(page.scrollWidth > innerWidth + 1 ? [`the page is ${page.scrollWidth} wide`] : []),
    ];
  });
}

async function picture(page: Page, name: string): Promise<void> {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await settle(page);
      // Pictures of people come with the next frames.
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(PICTURES, `${name}-${size.width}x${size.height}-${colorScheme}.png`) });
    }
  }
}

describe("the panel of people", () => {
  it.each([SIZES[0]!, { width: 1024, height: 700 }, ZOOMED])(
    "has room for names beside hand and signs at $width x $height",
    async ({ width, height }) => {
      const screen = SCREENS.find(({ name }) => name === "meeting-people")!;
      const { page } = await open(screen);
      try {
        await page.setViewportSize({ width, height });
        await settle(page);
        const names = await page.evaluate(() =>
          [...document.querySelectorAll("[data-testid=person] bdi")].map((name) => ({
            name: name.textContent,
            cut: name.scrollWidth > name.clientWidth || name.scrollHeight > name.clientHeight + 1,
          })),
        );
        expect(names.some(({ name }) => name === "Grace Hopper"), "whose hand is up").toBe(true);
        expect(names.filter(({ name, cut }) => cut && name.length < 30)).toEqual([]);
      } finally {
        await page.close();
      }
    },
    PATIENCE_MS,
  );
});

/** What must be read where there is little room: whether it is seen whole, inside what it belongs to. */
describe("a small window", () => {
  it.each([SIZES[1]!, ZOOMED, SIZES[2]!])(
    "says that a connection failed in every tile with room for it at $width x $height",
    async ({ width, height }) => {
      const screen = SCREENS.find(({ name }) => name === "meeting-grid")!;
      const { page } = await open(screen);
      try {
        await page.setViewportSize({ width, height });
        await settle(page);
        const failed = await page.evaluate(() =>
          [...document.querySelectorAll("[data-testid=tile][data-state=failed]")].map((tile) => {
            const { top, bottom, left, right, width, height } = tile.getBoundingClientRect();
            const parts = [...tile.querySelectorAll("[data-testid=badge] .words, [data-testid=retry]")];
            const rects = parts.map((one) => one.getBoundingClientRect());
            return {
              size: `${width} x ${height}`,
              roomy: height > 60 && width > 108,
              seen: rects.length === 2 && rects.every((one) => one.width > 20 && one.height > 8),
              // The pixels beside a letter are no loss.
              inside: rects.every((one) => one.top >= top - 1 && one.bottom <= bottom + 1 && one.left >= left - 1 && one.right <= right + 1),
            };
          }),
        );
        expect(failed.length, "someone is out of reach").toBeGreaterThan(0);
        expect(failed.filter(({ roomy, seen }) => roomy && !seen)).toEqual([]);
        expect(failed.filter(({ seen, inside }) => seen && !inside)).toEqual([]);
      } finally {
        await page.close();
      }
    },
    PATIENCE_MS,
  );

  it(
    "leaves whoever speaks to be seen when this computer is too busy, and what helps to be pressed",
    async () => {
      const screen = SCREENS.find(({ name }) => name === "meeting-busy")!;
      const { page } = await open(screen);
      try {
        await page.setViewportSize(SIZES[2]!);
        await settle(page);
        const { note, reached } = await page.evaluate(() => {
          const middle = (one: Element): boolean => {
            const { left, top, width, height } = one.getBoundingClientRect();
            return one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
          };
          const note = document.querySelector("[data-testid=sparing]")!;
          return { note: note.getBoundingClientRect().height, reached: [...note.querySelectorAll("button")].map(middle) };
        });
        expect(note, "one line").toBeLessThan(40);
        expect(reached).toEqual([true, true]);
      } finally {
        await page.close();
      }
    },
    PATIENCE_MS,
  );
});

describe("every screen", () => {
  for (const screen of SCREENS) {
    it(
      `${screen.name} can be used by everyone`,
      async () => {
        const { page, complaints } = await open(screen);
        try {
          await settle(page);
          expect(await violations(page, { runOnly: { type: "tag", values: RULES } }), "light").toEqual([]);
          await page.emulateMedia({ colorScheme: "dark" });
          await settle(page);
          expect(await violations(page, { runOnly: { type: "rule", values: ["color-contrast"] } }), "dark").toEqual([]);
          await page.setViewportSize(ZOOMED);
          await settle(page);
          expect(await overflow(page), "at 200 %").toEqual([]);
          expect(complaints).toEqual([]);
          await picture(page, screen.name);
        } finally {
          await page.close();
        }
      },
      PATIENCE_MS,
    );
  }
});

/**
 * Every screen in a real browser, light and dark: no violation of WCAG 2.2 AA that axe can see, nothing lost at 200 %
 * zoom, nothing that the security policy would stop.
 */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { PATIENCE_MS, serve, type Served } from "./chromium";
import { SCREENS, SIZES, type Screen } from "./screens";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** The size of 1280 x 800 at 200 %. */
const ZOOMED = { width: 640, height: 400 };
/** What is left of the smallest small window. */
const SMALLEST_ZOOMED = { width: 120, height: 80 };

let served: Served;

beforeAll(async () => {
  served = await serve();
}, PATIENCE_MS);

afterAll(() => served?.close());

async function open(screen: Screen): Promise<{ page: Page; complaints: string[] }> {
  const page = await served.browser.newPage({ viewport: SIZES.large, reducedMotion: "reduce", colorScheme: "light", locale: "en-GB" });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.setDefaultTimeout(PATIENCE_MS);
  // Moving pictures cost more than everything else, and axe does not see them, nor who speaks, which makes tiles move.
  await page.goto(`${served.url}?${screen.query}&still&frames=none`);
  await reach(screen, page);
  return { page, complaints };
}

async function reach(screen: Screen, page: Page): Promise<void> {
  await screen.go?.(page);
  await page.getByTestId(screen.shows).first().waitFor();
}

/** Waits for short movements, and for what is laid out with the next frame. */
function settle(page: Page): Promise<void> {
  return page.evaluate(async () => {
    // One that ends may start another: an inherited colour is a transition of its own further down.
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

/** The text that "select all" marks, apart from text that may be copied. */
function marked(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // Outside of a field, because in a field its own text is marked.
    (document.activeElement as HTMLElement | null)?.blur();
    document.execCommand("selectAll");
    const selection = getSelection()!;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      const parent = text.parentElement!;
      const selectable = getComputedStyle(parent).userSelect !== "none";
      const meant = parent.closest("[role=alert], [data-copyable]") !== null;
      if (!meant && selectable && text.nodeValue!.trim() !== "" && selection.containsNode(text)) found.push(text.nodeValue!);
    }
    selection.removeAllRanges();
    return found;
  });
}

/** Parts that stick out of the window to the side and cannot be reached. */
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

describe("the panel of people", () => {
  it.each([SIZES.large, { width: 1024, height: 700 }, ZOOMED])(
    "has room for names beside hand and signs at $width x $height",
    async ({ width, height }) => {
      const screen = SCREENS.find(({ name }) => name === "people")!;
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
        expect(names.some(({ name }) => name === "Grace Hopper"), "the person with the raised hand is there").toBe(true);
        expect(names.filter(({ name, cut }) => cut && name.length < 30)).toEqual([]);
      } finally {
        await page.close();
      }
    },
    PATIENCE_MS,
  );
});

describe("the menu of a person", () => {
  it(
    "lies over the tile it is about",
    async () => {
      const { page } = await open(SCREENS.find(({ name }) => name === "person")!);
      try {
        await settle(page);
        const [menu, tile] = await page.evaluate(() =>
          ["person-popup", "tile"].map((id) => {
            const { left, right } = document.querySelector(`[data-testid=${id}]`)!.getBoundingClientRect();
            return { left, right };
          }),
        );
        expect(menu!.left).toBeGreaterThanOrEqual(tile!.left);
        expect(menu!.right).toBeLessThanOrEqual(tile!.right);
      } finally {
        await page.close();
      }
    },
    PATIENCE_MS,
  );
});

/** What must be readable with little room: whether it is completely visible, inside its container. */
describe("a small window", () => {
  it.each([SIZES.medium, ZOOMED, SIZES.small])(
    "says that a connection failed in every tile with room for it at $width x $height",
    async ({ width, height }) => {
      const screen = SCREENS.find(({ name }) => name === "broken-sixteen")!;
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
              // The pixels beside a letter do not matter.
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

  it.each([SIZES.medium, ZOOMED, SIZES.small])(
    "has every word of a connection that is repaired inside its sign at $width x $height",
    async ({ width, height }) => {
      for (const name of ["details-broken", "broken", "broken-sixteen"]) {
        const { page } = await open(SCREENS.find((one) => one.name === name)!);
        try {
          await page.setViewportSize({ width, height });
          await settle(page);
          const signs = await page.evaluate(() =>
            [...document.querySelectorAll("[data-testid=badge]:not(.failed)")].map((badge) => {
              const [sign, words, tile] = [badge, badge.querySelector(".words")!, badge.closest("[data-testid=tile]")!].map((one) =>
                one.getBoundingClientRect(),
              );
              const hidden = words!.width <= 1;
              return { hidden, fits: words!.right <= sign!.right && words!.left >= sign!.left && sign!.right <= tile!.right, width: tile!.width };
            }),
          );
          expect(signs.length, "someone is out of reach").toBeGreaterThan(0);
          expect(signs.filter(({ hidden, fits }) => !hidden && !fits), name).toEqual([]);
        } finally {
          await page.close();
        }
      }
    },
    PATIENCE_MS,
  );

  it.each([SIZES.medium, ZOOMED, SIZES.small])(
    "has the settings in reach at home beside a notice at $width x $height",
    async ({ width, height }) => {
      const { page } = await open(SCREENS.find(({ name }) => name === "link-wrong")!);
      try {
        await page.setViewportSize({ width, height });
        await settle(page);
        expect(await page.getByTestId("error-message").count(), "the notice, and what is wrong with the link").toBe(2);
        const reached = await page.evaluate(() => {
          const settings = document.querySelector("[data-testid=home-settings]")!;
          const { left, top, width, height } = settings.getBoundingClientRect();
          return settings.contains(document.elementFromPoint(left + width / 2, top + height / 2));
        });
        expect(reached).toBe(true);
      } finally {
        await page.close();
      }
    },
    PATIENCE_MS,
  );

  it.each(["more", "layout", "sound", "camera"])(
    "opens the menu %s beside its button, not over it, and shows the rest of it by arrow key",
    async (name) => {
      const screen = SCREENS.find((one) => one.name === name)!;
      const { page } = await open(screen);
      try {
        await page.setViewportSize(SIZES.small);
        await settle(page);
        await reach(screen, page);
        await settle(page);
        await page.keyboard.press("End");
        const { apart, seen } = await page.evaluate(() => {
          // The layout menu has come out of the menu with everything else, and is beside its button.
          const from = document.querySelector("footer [aria-expanded=true]") ?? document.querySelector("[data-testid=control-more]")!;
          const button = from.getBoundingClientRect();
          const menu = document.querySelector("[data-popup]")!.getBoundingClientRect();
          const last = [...document.querySelectorAll("[data-popup] [role^=menuitem]")].at(-1)!.getBoundingClientRect();
          return { apart: menu.bottom <= button.top && menu.top >= 0, seen: last.bottom <= menu.bottom && last.top >= menu.top };
        });
        expect({ apart, seen }).toEqual({ apart: true, seen: true });
      } finally {
        await page.close();
      }
    },
    PATIENCE_MS,
  );

  it(
    "can close the list of keys wherever one is in it",
    async () => {
      const { page } = await open(SCREENS.find(({ name }) => name === "keys")!);
      try {
        await page.setViewportSize(SIZES.small);
        await settle(page);
        const { scrolled, reached } = await page.evaluate(() => {
          const list = document.querySelector("[data-testid=help]")!;
          list.scrollTop = list.scrollHeight;
          const close = document.querySelector("[data-testid=help-close]")!;
          const { left, top, width, height } = close.getBoundingClientRect();
          return { scrolled: list.scrollTop, reached: close.contains(document.elementFromPoint(left + width / 2, top + height / 2)) };
        });
        expect(scrolled, "it is longer than the window").toBeGreaterThan(100);
        expect(reached).toBe(true);
      } finally {
        await page.close();
      }
    },
    PATIENCE_MS,
  );

  it(
    "shows the person who speaks when this computer is too busy, and a way to help it",
    async () => {
      const screen = SCREENS.find(({ name }) => name === "busy")!;
      const { page } = await open(screen);
      try {
        await page.setViewportSize(SIZES.small);
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
          await page.setViewportSize(screen.query.startsWith("view=mini") ? SMALLEST_ZOOMED : ZOOMED);
          await settle(page);
          // Menus close when the window changes its size.
          if (!(await page.getByTestId(screen.shows).first().isVisible())) await reach(screen, page);
          await settle(page);
          expect(await overflow(page), "at 200 %").toEqual([]);
          expect(await marked(page), "by selecting all").toEqual([]);
          expect(complaints).toEqual([]);
        } finally {
          await page.close();
        }
      },
      PATIENCE_MS,
    );
  }
});

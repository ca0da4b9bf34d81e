import { describe, expect, it } from "vitest";

import { DrawBudget, LEAST, MISSED, MOST } from "../src/lib/frames/budget";

const FRAME_MS = 1000 / 60;
const TILE = 320 * 180;

/** What was drawn: one picture, if it is no larger than a tile. */
const told = (area: number, more: boolean) => ({ area, more, alone: area <= TILE });

/** A page where painting takes `msPerPixel`, with as many tiles waiting in every animation frame. */
function page(msPerPixel: number, tiles: number, frames: number, display = FRAME_MS) {
  const budget = new DrawBudget();
  let now = 0;
  const intervals: number[] = [];
  let drawnInAll = 0;
  for (let frame = 0; frame < frames; frame += 1) {
    const allowed = budget.begin(now);
    let drawn = 0;
    let waiting = tiles;
    while (waiting > 0 && (drawn === 0 || drawn + TILE <= allowed)) {
      drawn += TILE;
      waiting -= 1;
    }
    budget.end(now, told(drawn, waiting > 0));
    drawnInAll += drawn;
    // The next animation frame begins after painting, at the display's next tick.
    const interval = display * Math.max(1, Math.ceil((drawn * msPerPixel) / display));
    intervals.push(interval);
    now += interval;
  }
  return { intervals, drawnInAll, now };
}

describe("what may be drawn in one animation frame", () => {
  it("is everything where painting costs nothing", () => {
    const { drawnInAll, intervals } = page(0, 16, 100);
    expect(drawnInAll).toBe(16 * TILE * 100);
    expect(Math.max(...intervals)).toBe(FRAME_MS);
  });

  it("is what leaves forty-nine of fifty frames in time where painting all would miss every one", () => {
    const msPerPixel = 8 / TILE;
    const all = page(msPerPixel, 8, 10).intervals[0]!;
    expect(all).toBeGreaterThan(3 * FRAME_MS);
    const { intervals } = page(msPerPixel, 8, 1000);
    const settled = intervals.slice(100);
    expect(settled.filter((interval) => interval > FRAME_MS * MISSED).length).toBeLessThan(settled.length / 50);
  });

  it("uses the time there is", () => {
    // Two tiles fit into a frame.
    const { drawnInAll } = page(8 / TILE, 8, 1000);
    expect(drawnInAll).toBeGreaterThan(1.7 * TILE * 1000);
  });

  it("stays when a frame is late for another reason, and when one picture alone is too much", () => {
    const budget = new DrawBudget();
    budget.end(0, told(8 * TILE, false));
    const learnt = budget.begin(3 * FRAME_MS);
    expect(learnt).toBeLessThan(8 * TILE);
    budget.end(100, told(TILE, false));
    expect(budget.begin(100 + 3 * FRAME_MS)).toBeGreaterThan(0.9 * learnt);
    let now = 1000;
    for (let count = 0; count < 50; count += 1) {
      budget.end(now, told(20 * TILE, false));
      now += 3 * FRAME_MS;
      budget.begin(now);
    }
    expect(budget.begin(now)).toBeGreaterThan(0.9 * learnt);
  });

  it("lets small pictures move while a large one costs a whole frame", () => {
    const budget = new DrawBudget();
    const tiles = [12 * TILE, ...Array.from({ length: 7 }, () => TILE / 3)];
    const drawnOf = tiles.map(() => 0);
    let waiting = tiles.map((_, tile) => tile);
    let now = 0;
    for (let frame = 0; frame < 600; frame += 1) {
      const allowed = budget.begin(now);
      let drawn = 0;
      while (waiting.length > 0 && (drawn === 0 || drawn + tiles[waiting[0]!]! <= allowed)) {
        const tile = waiting.shift()!;
        drawn += tiles[tile]!;
        drawnOf[tile]! += 1;
      }
      budget.end(now, told(drawn, waiting.length > 0));
      // 30 milliseconds for the large one. Now and then, something else is late too.
      const busy = (drawn * 30) / (12 * TILE) + (frame % 20 === 0 ? 20 : 0);
      now += FRAME_MS * Math.max(1, Math.ceil(busy / FRAME_MS));
      waiting = [...waiting, ...tiles.map((_, tile) => tile).filter((tile) => !waiting.includes(tile))];
    }
    const perSecond = drawnOf.map((count) => count / (now / 1000));
    expect(Math.min(...perSecond)).toBeGreaterThan(15);
  });

  it("comes back when there is time again", () => {
    const budget = new DrawBudget();
    let now = 0;
    const frame = (interval: number) => {
      const allowed = budget.begin(now);
      budget.end(now, told(Math.min(allowed, 8 * TILE), allowed < 8 * TILE));
      now += interval;
      return allowed;
    };
    for (let count = 0; count < 100; count += 1) frame(3 * FRAME_MS);
    expect(frame(FRAME_MS)).toBeLessThan(TILE);
    let frames = 0;
    while (frame(FRAME_MS) < 8 * TILE) frames += 1;
    expect(frames).toBeLessThan(60 * 3);
  });

  it("is everything again on a display of thirty a second, soon", () => {
    const { drawnInAll, intervals } = page(0, 8, 600, 1000 / 30);
    expect(Math.max(...intervals)).toBeCloseTo(1000 / 30);
    expect(drawnInAll).toBeGreaterThan(0.6 * 8 * TILE * 600);
  });

  it("takes a display for the faster one again when it is", () => {
    const budget = new DrawBudget();
    let now = 0;
    const frames = (count: number, interval: number) => {
      for (; count > 0; count -= 1) {
        const allowed = budget.begin(now);
        const drawn = allowed >= 8 * TILE ? 8 * TILE : TILE;
        budget.end(now, told(drawn, drawn < 8 * TILE));
        now += interval;
      }
    };
    frames(600, 1000 / 30);
    frames(60, FRAME_MS);
    const before = budget.begin(now);
    frames(3, 1000 / 30);
    expect(budget.begin(now)).toBeLessThan(before);
  });

  it("never stops the pictures, however slow the computer", () => {
    const budget = new DrawBudget();
    for (let frame = 0; frame < 500; frame += 1) {
      expect(budget.begin(frame * 200)).toBeGreaterThanOrEqual(LEAST);
      budget.end(frame * 200, told(TILE, true));
    }
    expect(budget.begin(500 * 200)).toBeLessThan(TILE);
  });

  it("learns nothing from a page that did not run or did not draw", () => {
    const budget = new DrawBudget();
    budget.end(0, told(TILE, true));
    expect(budget.begin(5000)).toBe(MOST);
    budget.end(5000, told(0, false));
    expect(budget.begin(5100)).toBe(MOST);
  });
});

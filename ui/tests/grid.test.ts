import { describe, expect, it } from "vitest";

import { grid, NARROWEST, WIDEST } from "../src/lib/layout/grid";

const windows = [
  { width: 1256, height: 700 },
  { width: 472, height: 296 },
  { width: 360, height: 900 },
  { width: 3800, height: 600 },
];

describe("the grid", () => {
  it("shows up to 16 tiles inside the window, without overlap, in a camera's shape", () => {
    for (const window of windows) {
      for (let count = 1; count <= 16; count += 1) {
        const gap = 8;
        const rects = grid({ count, ...window, gap });
        const name = `${count} in ${window.width}x${window.height}`;
        expect(rects, name).toHaveLength(count);
        for (const [index, a] of rects.entries()) {
          expect(a.width * a.height, name).toBeGreaterThan(0);
          expect(a.x, name).toBeGreaterThanOrEqual(0);
          expect(a.y, name).toBeGreaterThanOrEqual(0);
          expect(a.x + a.width, name).toBeLessThanOrEqual(window.width + 1);
          expect(a.y + a.height, name).toBeLessThanOrEqual(window.height + 1);
          expect(a.width / a.height, name).toBeGreaterThan(NARROWEST - 0.05);
          expect(a.width / a.height, name).toBeLessThan(WIDEST + 0.05);
          for (const b of rects.slice(index + 1)) {
            const apart =
              a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
            expect(apart, name).toBe(true);
          }
        }
      }
    }
  });

  it("chooses the arrangement with the largest tiles", () => {
    const columns = (count: number, width: number, height: number): number =>
      new Set(grid({ count, width, height, gap: 8 }).map(({ x }) => x)).size;
    expect(columns(2, 1256, 700)).toBe(2);
    expect(columns(2, 400, 900)).toBe(1);
    expect(columns(4, 1256, 700)).toBe(2);
    expect(columns(9, 1256, 700)).toBe(3);
    expect(columns(16, 472, 296)).toBe(4);
  });

  it("centres a last row that is not full", () => {
    const rects = grid({ count: 5, width: 1256, height: 700, gap: 8 });
    const last = rects.slice(3);
    expect(last[0]!.x).toBeGreaterThan(rects[0]!.x);
    expect(last[0]!.x + last[1]!.x + last[1]!.width).toBeCloseTo(1256, -1);
  });

  it("is empty without people or without a window", () => {
    expect(grid({ count: 0, width: 100, height: 100, gap: 8 })).toEqual([]);
    expect(grid({ count: 3, width: 0, height: 100, gap: 8 })).toEqual([]);
  });
});

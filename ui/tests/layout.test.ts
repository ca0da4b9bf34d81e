import { feedKey } from "../src/lib/layout/feeds";
import { describe, expect, it } from "vitest";

import { arrange, choose, GRID_UP_TO, seats, type Wish } from "../src/lib/layout/arrange";
import { cornerByKey, floating, nearestCorner } from "../src/lib/layout/corner";
import type { Rect } from "../src/lib/layout/grid";
import { spotlight } from "../src/lib/layout/spotlight";
import type { Corner } from "../src/lib/wire/Corner";
import { forSeeds, type Chance } from "./seeded";

const CORNERS: readonly Corner[] = ["topLeft", "topRight", "bottomLeft", "bottomRight"];
const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index + 1}`);

function stage(chance: Chance): { width: number; height: number; gap: number } {
  // From the stage of a window of 480x360 to a large screen, and sizes between.
  return { width: chance.between(440, 3800), height: chance.between(260, 2100), gap: chance.pick([4, 8]) };
}

/** For checks that run hundreds of thousands of times; `expect` would be too slow. */
function must(holds: boolean, words: string): void {
  if (!holds) throw new Error(words);
}

function inside(rect: Rect, { width, height }: { width: number; height: number }): void {
  const holds = rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= width && rect.y + rect.height <= height;
  must(holds, `${JSON.stringify(rect)} is outside of ${width}x${height}`);
}

const apart = (a: Rect, b: Rect): boolean =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe("one person large", () => {
  it("fits with up to 15 others, without overlap, in shapes a face can be seen in", () => {
    forSeeds(400, (chance) => {
      const box = stage(chance);
      const others = chance.between(0, 15);
      const { large, strip } = spotlight(others, box);
      expect(strip).toHaveLength(others);
      const all = [large, ...strip];
      for (const [index, rect] of all.entries()) {
        inside(rect, box);
        must(rect.width >= 48 && rect.height >= 32, `${rect.width}x${rect.height} is too small`);
        // Rounding moves the shape of a small tile by a few percent.
        const shape = rect.width / rect.height;
        must(shape > 0.93 && shape < 1.9, `a tile of ${rect.width}x${rect.height}`);
        for (const other of all.slice(index + 1)) must(apart(rect, other), "two tiles overlap");
      }
      // The large tile is larger than any other, by far if few share the stage.
      for (const rect of strip) must(large.width * large.height > rect.width * rect.height * 2, "large is not large");
    });
  });

  it("has the strip where it costs the least", () => {
    const wide = spotlight(3, { width: 1256, height: 600, gap: 8 });
    expect(wide.strip.every(({ x }) => x >= wide.large.x + wide.large.width)).toBe(true);
    const tall = spotlight(3, { width: 600, height: 1000, gap: 8 });
    expect(tall.strip.every(({ y }) => y >= tall.large.y + tall.large.height)).toBe(true);
  });

  it("survives a window without a size", () => {
    expect(spotlight(3, { width: 0, height: 100, gap: 8 }).strip).toEqual([]);
  });
});

describe("the layout", () => {
  const feeds = (count: number): string[] => ids(count).map((id) => feedKey(id, "camera"));
  const wish = (change: Partial<Wish>): Wish => ({ layout: "auto", pinned: null, activeSpeaker: null, others: feeds(8), ...change });

  it("is a grid among few and shows the one who speaks among many", () => {
    expect(choose(wish({ others: [] })).kind).toBe("grid");
    expect(choose(wish({ others: feeds(1) }))).toEqual({ kind: "pair", large: "p1/camera" });
    expect(choose(wish({ others: feeds(GRID_UP_TO - 1) })).kind).toBe("grid");
    expect(choose(wish({ others: feeds(GRID_UP_TO), activeSpeaker: "p2" }))).toEqual({ kind: "speaker", large: "p2/camera" });
  });

  it("is what was chosen by hand, and a pin goes before both", () => {
    expect(choose(wish({ layout: "grid", others: feeds(1) })).kind).toBe("grid");
    expect(choose(wish({ layout: "speaker", others: feeds(1) }))).toEqual({ kind: "speaker", large: "p1/camera" });
    expect(choose(wish({ layout: "grid", pinned: "p3", activeSpeaker: "p2" }))).toEqual({ kind: "pinned", large: "p3/camera" });
  });

  it("does not follow someone who left, and keeps who was large until another speaks", () => {
    expect(choose(wish({ pinned: "gone", activeSpeaker: "p2" })).large).toBe("p2/camera");
    expect(choose(wish({ activeSpeaker: null }), "p5/camera").large).toBe("p5/camera");
    expect(choose(wish({ activeSpeaker: "gone" }), "gone/camera").large).toBe("p1/camera");
    expect(choose(wish({ layout: "speaker", pinned: "p1", others: [] })).large).toBeNull();
  });
});

describe("seats", () => {
  it("move at most two people when another one becomes large, and no one when someone comes", () => {
    forSeeds(200, (chance) => {
      let people = ids(chance.between(1, 15));
      let order: string[] = [];
      for (let step = 0; step < 20; step += 1) {
        const large = chance.pick(people);
        const next = seats(order, people, large);
        must([...next].sort().join() === [...people].sort().join(), "someone has no seat, or two");
        must(next[0] === large, "who is large does not sit in front");
        const moved = order.filter((id, index) => next[index] !== id);
        must(moved.length <= 2, `${moved.length} people moved`);
        order = next;
        if (people.length < 15) people = [...people, `late${step}`];
      }
    });
  });

  it("forget who left", () => {
    expect(seats(["p1", "p2", "p3"], ["p2", "p3"], "p3")).toEqual(["p3", "p2"]);
  });
});

describe("an arrangement", () => {
  it("shows everyone once, inside, and no tile over another, except the own picture over the large one", () => {
    forSeeds(400, (chance) => {
      const box = stage(chance);
      const others = ids(chance.between(0, 15));
      const layout = chance.pick(["auto", "grid", "speaker"] as const);
      const pinned = others.length > 0 && chance.between(0, 2) === 0 ? chance.pick(others) : null;
      const shape = choose({ layout, pinned, activeSpeaker: null, others });
      const self = chance.between(0, 3) === 0 ? null : "me";
      const order = shape.large === null ? others : seats([], others, shape.large);
      const corner = chance.pick(CORNERS);
      const { rects, over } = arrange({ shape, order, self, vacant: others.length === 0, corner }, box);
      expect([...rects.keys()].sort()).toEqual([...others, ...(self === null ? [] : [self])].sort());
      for (const [id, rect] of rects) {
        inside(rect, box);
        must(rect.width * rect.height > 0, "a tile without a size");
        for (const [other, place] of rects) {
          const floats = over !== null && (id === "me" || other === "me") && (id === shape.large || other === shape.large);
          if (id !== other && !floats) must(apart(rect, place), `${id} and ${other} overlap`);
        }
      }
      const own = rects.get("me");
      if (own && over) {
        expect(own.x).toBeGreaterThanOrEqual(over.x);
        expect(own.x + own.width).toBeLessThanOrEqual(over.x + over.width);
        expect(own.y).toBeGreaterThanOrEqual(over.y);
        expect(own.y + own.height).toBeLessThanOrEqual(over.y + over.height);
        expect(own.width * own.height).toBeLessThan((over.width * over.height) / 4);
      }
    });
  });

  it("leaves a place for the invite while alone, also when one does not want to see oneself", () => {
    const cast = { shape: choose({ layout: "auto", pinned: null, activeSpeaker: null, others: [] }), order: [], vacant: true, corner: "topLeft" as const };
    const box = { width: 800, height: 450, gap: 8 };
    expect(arrange({ ...cast, self: "me" }, box).vacant!.width).toBeLessThan(400);
    expect(arrange({ ...cast, self: null }, box).vacant!.width).toBeGreaterThan(700);
  });
});

describe("the own picture", () => {
  const over = { x: 10, y: 20, width: 1000, height: 600 };

  it("is dropped into the nearest corner, and every corner is its own nearest", () => {
    for (const corner of CORNERS) expect(nearestCorner(over, floating(over, corner))).toBe(corner);
    expect(nearestCorner(over, { x: 20, y: 30, width: 100, height: 60 })).toBe("topLeft");
  });

  it("goes by arrow key to the corner in that direction", () => {
    expect(cornerByKey("bottomRight", "ArrowLeft")).toBe("bottomLeft");
    expect(cornerByKey("bottomLeft", "ArrowUp")).toBe("topLeft");
    expect(cornerByKey("topLeft", "ArrowRight")).toBe("topRight");
    expect(cornerByKey("topRight", "ArrowDown")).toBe("bottomRight");
    expect(cornerByKey("topRight", "Enter")).toBeNull();
  });
});

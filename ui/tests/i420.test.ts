import { describe, expect, it } from "vitest";

import { toI420 } from "../src/lib/backend/fake/pictures";
import { toRgba } from "../src/lib/frames/i420";
import { backingSize } from "../src/lib/frames/size";

describe("converting planes by hand", () => {
  it("gives back the colours that went in", () => {
    const colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [90, 140, 200]];
    for (const [r, g, b] of colours) {
      const width = 3;
      const height = 3;
      const data = new Uint8ClampedArray(width * height * 4);
      for (let at = 0; at < data.length; at += 4) data.set([r!, g!, b!, 255], at);
      const out = new Uint8ClampedArray(data.length);
      toRgba({ width, height, payload: toI420({ width, height, data }) }, out);
      for (let at = 0; at < out.length; at += 1) {
        expect(Math.abs(out[at]! - data[at]!), `${r},${g},${b} at ${at}`).toBeLessThanOrEqual(4);
      }
    }
  });
});

describe("the size of a canvas", () => {
  it("never exceeds the picture and covers the place it is shown at", () => {
    const picture = { width: 1280, height: 720 };
    expect(backingSize(picture, { width: 4000, height: 3000 })).toEqual(picture);
    expect(backingSize(picture, { width: 0, height: 0 })).toEqual(picture);
    for (const box of [{ width: 320, height: 180 }, { width: 200, height: 400 }, { width: 617, height: 311 }]) {
      const size = backingSize(picture, box);
      expect(size.width).toBeGreaterThanOrEqual(box.width);
      expect(size.height).toBeGreaterThanOrEqual(box.height);
      expect(size.width / size.height).toBeCloseTo(16 / 9, 1);
    }
  });

  it("stays the same for small changes of the window", () => {
    const picture = { width: 1280, height: 720 };
    expect(backingSize(picture, { width: 330, height: 180 })).toEqual(backingSize(picture, { width: 400, height: 220 }));
  });
});

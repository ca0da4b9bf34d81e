import { describe, expect, it } from "vitest";

import { toI420 } from "../src/lib/backend/fake/pictures";
import { LONGEST_SIDE, converted, toRgba } from "../src/lib/frames/i420";

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

it("leaves out pixels of a picture that is too large for a canvas", () => {
  expect(converted({ width: 1920, height: 1080 })).toEqual({ width: 1920, height: 1080, step: 1 });
  expect(converted({ width: 5120, height: 2880 })).toEqual({ width: 2560, height: 1440, step: 2 });
  for (const side of [LONGEST_SIDE, LONGEST_SIDE + 1, 16_383]) {
    expect(converted({ width: side, height: 3 }).width).toBeLessThanOrEqual(LONGEST_SIDE);
  }
  const [width, height] = [LONGEST_SIDE + 2, 2];
  const payload = new Uint8Array(width * height + width).fill(128);
  payload.fill(16, 0, width - 2).fill(235, width - 2, width);
  const size = converted({ width, height });
  const out = new Uint8ClampedArray(size.width * size.height * 4);
  toRgba({ width, height, payload }, out);
  expect([...out.slice(0, 4)], "black at the left").toEqual([0, 0, 0, 255]);
  expect([...out.slice(-4)], "white at the right").toEqual([255, 255, 255, 255]);
});

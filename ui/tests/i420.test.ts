import { describe, expect, it } from "vitest";

import { toI420 } from "../src/lib/backend/fake/pictures";
import { toRgba } from "../src/lib/frames/i420";

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

import { describe, expect, it } from "vitest";

import { fit } from "../src/lib/frames/size";

const picture = { width: 1280, height: 720 };
const whole = { source: { x: 0, y: 0, ...picture }, canvas: picture };

describe("what of a picture goes into a canvas", () => {
  it("is all of it where the place is larger or not known yet", () => {
    expect(fit(picture, { width: 4000, height: 3000 })).toEqual(whole);
    expect(fit(picture, { width: 1280, height: 720 })).toEqual(whole);
    expect(fit(picture, { width: 300, height: 900 })).toEqual(whole);
    expect(fit(picture, { width: 0, height: 0 })).toEqual(whole);
  });

  it("is the middle of it, undistorted, in the pixels of a smaller place", () => {
    for (const box of [{ width: 320, height: 180 }, { width: 200, height: 400 }, { width: 617.4, height: 311.6 }]) {
      const { source, canvas } = fit(picture, box);
      expect(canvas).toEqual({ width: Math.round(box.width), height: Math.round(box.height) });
      expect(source.width / source.height).toBeCloseTo(box.width / box.height, 6);
      expect(source.x * 2 + source.width).toBeCloseTo(picture.width, 6);
      expect(source.y * 2 + source.height).toBeCloseTo(picture.height, 6);
      expect(Math.min(source.x, source.y)).toBeCloseTo(0, 6);
    }
  });

  it("has at least one pixel", () => {
    expect(fit(picture, { width: 0.2, height: 0.1 }).canvas).toEqual({ width: 1, height: 1 });
  });
});

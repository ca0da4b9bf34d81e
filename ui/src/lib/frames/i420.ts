/**
 * Converts I420 to something a canvas can draw. BT.601, limited range, as in VP8.
 *
 * A webview with `VideoFrame` converts by itself. The arithmetic here is for the others.
 */
import type { Frame } from "./header";

const COLOR_SPACE: VideoColorSpaceInit = {
  matrix: "smpte170m",
  primaries: "smpte170m",
  transfer: "smpte170m",
  fullRange: false,
};

export type I420 = Pick<Frame, "width" | "height" | "payload">;

export function toVideoFrame(frame: I420 & { timestamp: number }): VideoFrame {
  return new VideoFrame(frame.payload, {
    format: "I420",
    codedWidth: frame.width,
    codedHeight: frame.height,
    timestamp: frame.timestamp,
    colorSpace: COLOR_SPACE,
  });
}

/** The longest side of a picture that this code converts. A larger canvas fails in some webviews. */
export const LONGEST_SIDE = 4096;

/** The size that a picture is converted to: every `step`th pixel of it, so that no side is too long. */
export function converted({ width, height }: Pick<I420, "width" | "height">): { width: number; height: number; step: number } {
  const step = Math.ceil(Math.max(width, height) / LONGEST_SIDE);
  return { width: Math.ceil(width / step), height: Math.ceil(height / step), step };
}

/** Writes RGBA into `out`, which holds 4 bytes for every pixel of the converted size. */
export function toRgba(picture: I420, out: Uint8ClampedArray): void {
  const { width, height, payload } = picture;
  const { step } = converted(picture);
  const chromaWidth = Math.ceil(width / 2);
  const chromaSize = chromaWidth * Math.ceil(height / 2);
  const uStart = width * height;
  const vStart = uStart + chromaSize;
  let at = 0;
  for (let row = 0; row < height; row += step) {
    const luma = row * width;
    const chroma = (row >> 1) * chromaWidth;
    for (let column = 0; column < width; column += step) {
      // The indices are inside the payload, because the parser has checked its length.
      const y = 298 * (payload[luma + column]! - 16);
      const u = payload[uStart + chroma + (column >> 1)]! - 128;
      const v = payload[vStart + chroma + (column >> 1)]! - 128;
      out[at] = (y + 409 * v + 128) >> 8;
      out[at + 1] = (y - 100 * u - 208 * v + 128) >> 8;
      out[at + 2] = (y + 516 * u + 128) >> 8;
      out[at + 3] = 255;
      at += 4;
    }
  }
}

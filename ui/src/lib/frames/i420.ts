/**
 * From I420 to something a canvas can draw. BT.601, limited range, as VP8 carries it.
 *
 * A webview that has `VideoFrame` converts by itself; the arithmetic here is for those that do not.
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

/** Writes RGBA into `out`, which holds `width * height * 4` bytes. */
export function toRgba({ width, height, payload }: I420, out: Uint8ClampedArray): void {
  const chromaWidth = Math.ceil(width / 2);
  const chromaSize = chromaWidth * Math.ceil(height / 2);
  const uStart = width * height;
  const vStart = uStart + chromaSize;
  let at = 0;
  for (let row = 0; row < height; row += 1) {
    const luma = row * width;
    const chroma = (row >> 1) * chromaWidth;
    for (let column = 0; column < width; column += 1) {
      // The indices are inside the payload because the parser has checked its length.
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

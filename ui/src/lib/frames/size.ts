/** Which part of a picture goes into a canvas, and how many pixels that canvas has. */

export interface Size {
  width: number;
  height: number;
}

export interface Fit {
  /** The visible part of the picture, in its own pixels. */
  source: Size & { x: number; y: number };
  canvas: Size;
}

/**
 * A picture larger than its place is cut and scaled here, once, to the exact pixels of the screen: painting the canvas
 * then only copies. A smaller one stays as it is, because the painter enlarges it. Both show the middle of the picture
 * and fill the place, as `object-fit: cover` does. With `whole` nothing is cut, as with `object-fit: contain`.
 */
export function fit(picture: Size, box: Size, whole = false): Fit {
  const { width, height } = picture;
  const scale = (whole ? Math.min : Math.max)(box.width / width, box.height / height);
  if (!(box.width > 0 && box.height > 0 && scale < 1)) {
    return { source: { x: 0, y: 0, width, height }, canvas: { width, height } };
  }
  if (whole) {
    const side = (length: number): number => Math.max(1, Math.round(length * scale));
    return { source: { x: 0, y: 0, width, height }, canvas: { width: side(width), height: side(height) } };
  }
  const canvas = { width: Math.max(1, Math.round(box.width)), height: Math.max(1, Math.round(box.height)) };
  const seen = { width: Math.min(width, box.width / scale), height: Math.min(height, box.height / scale) };
  return { source: { x: (width - seen.width) / 2, y: (height - seen.height) / 2, ...seen }, canvas };
}

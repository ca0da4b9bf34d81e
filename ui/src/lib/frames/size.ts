/** How many pixels a canvas should have: enough for the place it fills, never more than the picture. */

export interface Size {
  width: number;
  height: number;
}

/** A window being resized would otherwise reallocate every canvas at every step. */
const STEPS = 8;

export function backingSize(picture: Size, box: Size): Size {
  if (box.width <= 0 || box.height <= 0) return { ...picture };
  // The picture covers the box, so the larger ratio decides.
  const wanted = Math.max(box.width / picture.width, box.height / picture.height);
  const scale = Math.min(1, Math.ceil(wanted * STEPS) / STEPS);
  return { width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) };
}

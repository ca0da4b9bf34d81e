/** Moves a tile from its old place to its new one, by transform alone, so that nothing is laid out on the way. */
import type { Rect } from "./grid";

const CALM: KeyframeAnimationOptions = { duration: 280, easing: "cubic-bezier(0.2, 0, 0, 1)" };

export function glide(element: HTMLElement, from: Rect, to: Rect): void {
  if (same(from, to) || to.width <= 0 || to.height <= 0 || stillWanted()) return;
  const [x, y] = [from.x - to.x, from.y - to.y];
  const begin = `translate(${x}px, ${y}px) scale(${from.width / to.width}, ${from.height / to.height})`;
  element.animate([{ transform: begin, transformOrigin: "0 0" }, { transform: "none", transformOrigin: "0 0" }], CALM);
}

/** Whether the person asked for less motion, or the window supports no animation. */
function stillWanted(): boolean {
  return typeof Element.prototype.animate !== "function" || matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function same(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

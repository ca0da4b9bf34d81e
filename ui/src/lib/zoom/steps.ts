/** The zoom steps of a window, and their keys. Pure. */
import type { Press } from "../meeting/shortcuts";

/** Factors, from the least to the greatest that the core accepts. WCAG 1.4.4 asks for twice the size. */
export const STEPS: readonly number[] = [0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];
export const USUAL = 1;

export type Turn = "in" | "out" | "back";

/** The key of plus without Shift, as people press it. On other keyboards it is Shift with zero, pressed by mistake. */
const UNSHIFTED_PLUS = "=";
const TURNS: Readonly<Record<string, Turn>> = { "+": "in", [UNSHIFTED_PLUS]: "in", "-": "out", "0": "back" };

/** With Control, or Command on a Mac, so that they never disturb typing. */
export function turnOf(press: Press, mac: boolean): Turn | null {
  const control = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  if (!control || other || press.altKey || (press.shiftKey && press.key === UNSHIFTED_PLUS)) return null;
  return Object.hasOwn(TURNS, press.key) ? (TURNS[press.key] ?? null) : null;
}

/** As on the key caps: the first key with each of the others. */
export function zoomKeys(mac: boolean): string[] {
  return [mac ? "⌘" : "Ctrl", "+", "−", "0"];
}

/** The next factor; at an end the same one. */
export function stepped(factor: number, turn: Turn): number {
  if (turn === "back") return USUAL;
  if (turn === "in") return STEPS.find((step) => step > factor) ?? factor;
  return STEPS.findLast((step) => step < factor) ?? factor;
}

/** The stored factor, if it is a step. Any other value was not stored by this version. */
export function readFactor(words: string | null): number {
  return STEPS.find((step) => String(step) === words) ?? USUAL;
}

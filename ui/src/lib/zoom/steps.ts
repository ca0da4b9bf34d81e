/** The steps in which everything in a window becomes larger or smaller, and their keys. Pure. */
import type { Press } from "../meeting/shortcuts";

/** Factors, from the least to the most that the core takes. WCAG 1.4.4 asks for twice the size. */
export const STEPS: readonly number[] = [0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];
export const USUAL = 1;

export type Turn = "in" | "out" | "back";

/** Where plus takes Shift, people press it without; where it does not, Shift with zero is an equals sign typed by mistake. */
const UNSHIFTED_PLUS = "=";
const TURNS: Readonly<Record<string, Turn>> = { "+": "in", [UNSHIFTED_PLUS]: "in", "-": "out", "0": "back" };

/** With Control, or Command on a Mac: these never get in the way of those who type. */
export function turnOf(press: Press, mac: boolean): Turn | null {
  const control = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  if (!control || other || press.altKey || (press.shiftKey && press.key === UNSHIFTED_PLUS)) return null;
  return Object.hasOwn(TURNS, press.key) ? (TURNS[press.key] ?? null) : null;
}

/** As on the key caps, the first with each of the others. */
export function zoomKeys(mac: boolean): string[] {
  return [mac ? "⌘" : "Ctrl", "+", "−", "0"];
}

/** The next factor; at an end the same one. */
export function stepped(factor: number, turn: Turn): number {
  if (turn === "back") return USUAL;
  if (turn === "in") return STEPS.find((step) => step > factor) ?? factor;
  return STEPS.findLast((step) => step < factor) ?? factor;
}

/** What was kept, if it is a step: whatever else is there was not kept by this version. */
export function readFactor(words: string | null): number {
  return STEPS.find((step) => String(step) === words) ?? USUAL;
}

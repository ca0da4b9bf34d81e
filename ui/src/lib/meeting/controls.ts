/** Which controls have a place of their own in the bar, and which are in its menu. Pure. */
import type { Action } from "./shortcuts";

/** Controls that may have to give way, the last one first. Those that end or mute something never do. */
const GIVING_WAY = ["people", "hand", "layout", "settings", "fullScreen", "mini", "debug"] as const;
export type Optional = (typeof GIVING_WAY)[number];

/** Below this the words under the controls go. */
export const COMPACT_BELOW = 960;

/** Below this so does the name of the meeting. */
export const TIGHT_BELOW = 640;

/** Pixels, gaps included. */
const SIZES = {
  roomy: { primary: 96, secondary: 52, about: 230, padding: 48 },
  compact: { primary: 56, secondary: 52, about: 200, padding: 24 },
  tight: { primary: 56, secondary: 48, about: 60, padding: 24 },
} as const;
/** The part of a control that opens the choice of a device. */
const CARET = 22;

const PRIMARY: readonly Action[] = ["hand", "layout"];

export interface Share {
  compact: boolean;
  tight: boolean;
  shown: ReadonlySet<Optional>;
  /** In the menu, in the order they gave way. */
  menu: Optional[];
}

export function share(width: number, diagnostics: boolean): Share {
  const compact = width < COMPACT_BELOW;
  const tight = width < TIGHT_BELOW;
  const size = tight ? SIZES.tight : compact ? SIZES.compact : SIZES.roomy;
  // Microphone, camera, the menu itself and leaving.
  let room = width - size.padding - size.about - 4 * size.primary - 2 * CARET;
  const shown = new Set<Optional>();
  const menu: Optional[] = [];
  for (const control of GIVING_WAY) {
    if (control === "debug" && !diagnostics) continue;
    room -= PRIMARY.includes(control) ? size.primary : size.secondary;
    // Once one has given way, the less important ones do as well: the menu is their place then.
    if (room >= 0 && menu.length === 0) shown.add(control);
    else menu.push(control);
  }
  return { compact, tight, shown, menu };
}

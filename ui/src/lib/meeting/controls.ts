/** Which controls have a place in the bar, and which are in its menu. Pure. */
import type { Action } from "./shortcuts";

/** Controls that may go into the menu, the last one first. Controls that end or mute something never do. */
const GIVING_WAY = ["people", "hand", "chat", "layout", "settings", "fullScreen", "mini", "debug"] as const;
export type Optional = (typeof GIVING_WAY)[number];

/** Below this width the bar shows no words under the controls. */
export const COMPACT_BELOW = 960;

/** Below this width it does not show the name of the meeting either. */
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
  /** In the menu, in the order in which they left the bar. */
  menu: Optional[];
}

export function share(width: number, diagnostics: boolean): Share {
  const compact = width < COMPACT_BELOW;
  const tight = width < TIGHT_BELOW;
  const size = tight ? SIZES.tight : compact ? SIZES.compact : SIZES.roomy;
  // Always there: microphone, camera, the menu itself and leaving.
  let room = width - size.padding - size.about - 4 * size.primary - 2 * CARET;
  const shown = new Set<Optional>();
  const menu: Optional[] = [];
  for (const control of GIVING_WAY) {
    if (control === "debug" && !diagnostics) continue;
    room -= PRIMARY.includes(control) ? size.primary : size.secondary;
    // Once one is in the menu, all less important ones are too, so that people find them there.
    if (room >= 0 && menu.length === 0) shown.add(control);
    else menu.push(control);
  }
  return { compact, tight, shown, menu };
}

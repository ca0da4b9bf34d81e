/** Which key does what in a meeting. Pure; shown on the controls and used by the window. */

export type Action = "microphone" | "camera" | "hand" | "copy" | "leave";

interface Shortcut {
  key: string;
  /** Control, or Command on a Mac. */
  control: boolean;
}

export const SHORTCUTS: Readonly<Record<Action, Shortcut>> = {
  microphone: { key: "m", control: false },
  camera: { key: "v", control: false },
  hand: { key: "h", control: false },
  copy: { key: "i", control: true },
  leave: { key: "l", control: true },
};

export type Press = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "repeat">;

export function actionOf(press: Press, mac: boolean): Action | null {
  // A held key must not toggle a microphone back and forth.
  if (press.repeat || press.altKey || press.shiftKey) return null;
  const control = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  if (other) return null;
  for (const [action, shortcut] of Object.entries(SHORTCUTS) as [Action, Shortcut][]) {
    if (shortcut.control === control && shortcut.key === press.key.toLowerCase()) return action;
  }
  return null;
}

/** As on the key caps: `M`, `Ctrl I`, `⌘ I`. */
export function keysOf(action: Action, mac: boolean): string[] {
  const { key, control } = SHORTCUTS[action];
  return [...(control ? [mac ? "⌘" : "Ctrl"] : []), key.toUpperCase()];
}

/** In the form of `aria-keyshortcuts`. */
export function ariaKeys(action: Action, mac: boolean): string {
  const { key, control } = SHORTCUTS[action];
  return control ? `${mac ? "Meta" : "Control"}+${key.toUpperCase()}` : key.toUpperCase();
}

/** Which key does what in a meeting. Pure. The controls show the keys, and the window uses them. */

export type Action =
  | "microphone"
  | "camera"
  | "hand"
  | "people"
  | "chat"
  | "layout"
  | "self"
  | "mini"
  | "debug"
  | "fullScreen"
  | "copy"
  | "settings"
  | "leave"
  | "help";

interface Shortcut {
  key: string;
  /** Control, or Command on a Mac. */
  control: boolean;
}

/** In the order of the list that explains them. */
export const SHORTCUTS: Readonly<Record<Action, Shortcut>> = {
  microphone: { key: "m", control: false },
  camera: { key: "v", control: false },
  hand: { key: "h", control: false },
  people: { key: "p", control: false },
  chat: { key: "c", control: false },
  layout: { key: "l", control: false },
  self: { key: "s", control: false },
  mini: { key: "w", control: false },
  debug: { key: "d", control: false },
  fullScreen: { key: "f11", control: false },
  copy: { key: "i", control: true },
  settings: { key: ",", control: true },
  leave: { key: "l", control: true },
  help: { key: "?", control: false },
};

export const ACTIONS = Object.keys(SHORTCUTS) as Action[];

export type Press = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "repeat">;

/** Keys that a person may type or dictate; a function key is not one. */
const isSign = (key: string): boolean => key.length === 1;

/** Without `singles`, such keys work only with Control: single keys disturb people who dictate (WCAG 2.1.4). */
export function actionOf(press: Press, mac: boolean, singles = true): Action | null {
  // A held key must not switch a microphone on and off repeatedly.
  if (press.repeat || press.altKey) return null;
  const control = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  if (other || (!control && !singles && isSign(press.key))) return null;
  for (const action of ACTIONS) {
    const shortcut = SHORTCUTS[action];
    // The place of a sign on the keyboard, and whether it needs Shift, depends on the keyboard.
    if (press.shiftKey && /[a-z]/.test(shortcut.key)) continue;
    if (shortcut.control === control && shortcut.key === press.key.toLowerCase()) return action;
  }
  return null;
}

/** A held Enter presses a button again and again. A button that switches a microphone must be pressed only once. */
export function pressOnce(event: KeyboardEvent): void {
  if (event.repeat && event.key === "Enter") event.preventDefault();
}

/** As on the key caps: `M`, `Ctrl I`, `⌘ I`. */
export function keysOf(action: Action, mac: boolean): string[] {
  const { key, control } = SHORTCUTS[action];
  return [...(control ? [mac ? "⌘" : "Ctrl"] : []), key.toUpperCase()];
}

/** Whether `singles` switches it off. */
export function isSingle(action: Action): boolean {
  const { key, control } = SHORTCUTS[action];
  return !control && isSign(key);
}

/** In the form of `aria-keyshortcuts`. */
export function ariaKeys(action: Action, mac: boolean): string {
  const { key, control } = SHORTCUTS[action];
  return control ? `${mac ? "Meta" : "Control"}+${key.toUpperCase()}` : key.toUpperCase();
}

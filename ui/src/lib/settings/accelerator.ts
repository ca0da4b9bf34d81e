/** Converts pressed keys to the system's notation of shortcuts, and that to the names on key caps. Pure. */

export type Stroke = Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

const MODIFIER = /^(Control|Shift|Alt|Meta|OS)/;
/** Keys that work without modifiers, because people do not type with them. */
const FUNCTION_KEY = /^F([1-9]|1\d|2[0-4])$/;

export type Recorded = { keys: string } | { pending: true } | { code: "shortcut_needs_modifier" };

export function record({ code, ctrlKey, metaKey, altKey, shiftKey }: Stroke, mac: boolean): Recorded {
  if (MODIFIER.test(code) || code === "" || code === "Unidentified") return { pending: true };
  const modifiers = [
    ...((mac ? metaKey : ctrlKey) ? ["CommandOrControl"] : []),
    ...(mac && ctrlKey ? ["Control"] : []),
    ...(!mac && metaKey ? ["Super"] : []),
    ...(altKey ? ["Alt"] : []),
    ...(shiftKey ? ["Shift"] : []),
  ];
  // Only Shift with a letter is normal writing.
  const enough = modifiers.some((modifier) => modifier !== "Shift") || FUNCTION_KEY.test(code);
  return enough ? { keys: [...modifiers, keyOf(code)].join("+") } : { code: "shortcut_needs_modifier" };
}

function keyOf(code: string): string {
  return code.replace(/^Key(?=[A-Z]$)/, "").replace(/^Digit(?=\d$)/, "");
}

const CAPS: Readonly<Record<string, readonly [string, string]>> = {
  commandorcontrol: ["Ctrl", "⌘"],
  cmdorctrl: ["Ctrl", "⌘"],
  control: ["Ctrl", "⌃"],
  ctrl: ["Ctrl", "⌃"],
  alt: ["Alt", "⌥"],
  option: ["Alt", "⌥"],
  shift: ["Shift", "⇧"],
  super: ["Super", "⌘"],
  command: ["Super", "⌘"],
  arrowup: ["↑", "↑"],
  arrowdown: ["↓", "↓"],
  arrowleft: ["←", "←"],
  arrowright: ["→", "→"],
};

/** One entry for each key. */
export function caps(accelerator: string, mac: boolean): string[] {
  return accelerator
    .split("+")
    .map((key) => key.trim())
    .filter((key) => key !== "")
    .map((key) => CAPS[key.toLowerCase()]?.[mac ? 1 : 0] ?? key);
}

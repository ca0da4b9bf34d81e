import { describe, expect, it } from "vitest";

import { caps, record, type Stroke } from "../src/lib/settings/accelerator";

const press = (code: string, change: Partial<Stroke> = {}): Stroke => ({
  code,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...change,
});

describe("keys that are recorded", () => {
  it("are written as the system wants them", () => {
    expect(record(press("KeyM", { ctrlKey: true, shiftKey: true }), false)).toEqual({ keys: "CommandOrControl+Shift+M" });
    expect(record(press("KeyM", { metaKey: true }), true)).toEqual({ keys: "CommandOrControl+M" });
    expect(record(press("Digit1", { ctrlKey: true, altKey: true }), true)).toEqual({ keys: "Control+Alt+1" });
    expect(record(press("Space", { metaKey: true }), false)).toEqual({ keys: "Super+Space" });
    expect(record(press("F13"), false)).toEqual({ keys: "F13" });
  });

  it("are waited for while only modifiers are held", () => {
    expect(record(press("ControlLeft", { ctrlKey: true }), false)).toEqual({ pending: true });
    expect(record(press("", { ctrlKey: true }), false)).toEqual({ pending: true });
  });

  it("are no keys that people type with", () => {
    expect(record(press("KeyM"), false)).toEqual({ code: "shortcut_needs_modifier" });
    expect(record(press("KeyM", { shiftKey: true }), false)).toEqual({ code: "shortcut_needs_modifier" });
    expect(record(press("F25"), false)).toEqual({ code: "shortcut_needs_modifier" });
  });
});

describe("keys as they are shown", () => {
  it("stand as on the keyboard at hand", () => {
    expect(caps("CommandOrControl+Shift+M", false)).toEqual(["Ctrl", "Shift", "M"]);
    expect(caps("CommandOrControl+Shift+M", true)).toEqual(["⌘", "⇧", "M"]);
    expect(caps("Alt+ArrowUp", false)).toEqual(["Alt", "↑"]);
    expect(caps("constructor+M", false)).toEqual(["constructor", "M"]);
    expect(caps("", false)).toEqual([]);
  });
});

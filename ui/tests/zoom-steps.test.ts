import { describe, expect, it } from "vitest";

import type { Press } from "../src/lib/meeting/shortcuts";
import { readFactor, STEPS, stepped, turnOf, zoomKeys } from "../src/lib/zoom/steps";

const press = (key: string, change: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: true,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  ...change,
});

describe("the steps of the zoom", () => {
  it("go up to twice the size and down to half of it, and no further", () => {
    const up = STEPS.map((step) => stepped(step, "in"));
    expect(up).toEqual([...STEPS.slice(1), 2]);
    const down = STEPS.map((step) => stepped(step, "out"));
    expect(down).toEqual([0.5, ...STEPS.slice(0, -1)]);
  });

  it("lead back to the usual size from anywhere", () => {
    expect(STEPS.map((step) => stepped(step, "back"))).toEqual(STEPS.map(() => 1));
  });

  it("are what may have been kept; anything else is the usual size", () => {
    expect(STEPS.map((step) => readFactor(String(step)))).toEqual(STEPS);
    for (const words of [null, "", "NaN", "3", "0", "-1", "1.2", "Infinity", "large"]) expect(readFactor(words), String(words)).toBe(1);
  });
});

describe("the keys of the zoom", () => {
  it("are those of every browser, wherever plus is on the keyboard", () => {
    expect(turnOf(press("+"), false)).toBe("in");
    expect(turnOf(press("+", { shiftKey: true }), false)).toBe("in");
    expect(turnOf(press("="), false)).toBe("in");
    expect(turnOf(press("-"), false)).toBe("out");
    expect(turnOf(press("0"), false)).toBe("back");
    expect(turnOf(press("0", { shiftKey: true }), false), "digits may take Shift").toBe("back");
    expect(turnOf(press("+", { ctrlKey: false, metaKey: true }), true)).toBe("in");
  });

  it("are none without Control, with another modifier, or for something else", () => {
    expect(turnOf(press("+", { ctrlKey: false }), false)).toBeNull();
    expect(turnOf(press("+"), true)).toBeNull();
    expect(turnOf(press("+", { metaKey: true }), false)).toBeNull();
    expect(turnOf(press("0", { altKey: true }), false), "AltGr").toBeNull();
    expect(turnOf(press("=", { shiftKey: true }), false), "Shift and zero where plus has a key of its own").toBeNull();
    expect(turnOf(press("1"), false)).toBeNull();
    expect(turnOf(press("toString"), false)).toBeNull();
  });

  it("are written as on the keyboard", () => {
    expect(zoomKeys(false)).toEqual(["Ctrl", "+", "−", "0"]);
    expect(zoomKeys(true)).toEqual(["⌘", "+", "−", "0"]);
  });
});

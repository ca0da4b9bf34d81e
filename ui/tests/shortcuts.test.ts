import { describe, expect, it } from "vitest";

import { duration, isoDuration, seconds } from "../src/lib/meeting/duration";
import { actionOf, ariaKeys, keysOf, type Press } from "../src/lib/meeting/shortcuts";

const press = (key: string, change: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  ...change,
});

describe("a key", () => {
  it("does what the control says", () => {
    expect(actionOf(press("m"), false)).toBe("microphone");
    expect(actionOf(press("V"), false)).toBe("camera");
    expect(actionOf(press("h"), false)).toBe("hand");
    expect(actionOf(press("i", { ctrlKey: true }), false)).toBe("copy");
    expect(actionOf(press("l", { metaKey: true }), true)).toBe("leave");
  });

  it("does nothing when held, with another modifier, or for something else", () => {
    expect(actionOf(press("m", { repeat: true }), false)).toBeNull();
    expect(actionOf(press("m", { ctrlKey: true }), false)).toBeNull();
    expect(actionOf(press("m", { altKey: true }), false)).toBeNull();
    expect(actionOf(press("i"), false)).toBeNull();
    expect(actionOf(press("l", { ctrlKey: true }), true)).toBeNull();
    expect(actionOf(press("x"), false)).toBeNull();
  });

  it("works without signs for those who dictate, function keys included", () => {
    expect(actionOf(press("m"), false, false)).toBeNull();
    expect(actionOf(press("?"), false, false)).toBeNull();
    expect(actionOf(press("F11"), false, false)).toBe("fullScreen");
    expect(actionOf(press("l", { ctrlKey: true }), false, false)).toBe("leave");
  });

  it("is written as on the keyboard", () => {
    expect(keysOf("microphone", false)).toEqual(["M"]);
    expect(keysOf("leave", false)).toEqual(["Ctrl", "L"]);
    expect(keysOf("leave", true)).toEqual(["⌘", "L"]);
    expect(ariaKeys("leave", false)).toBe("Control+L");
  });
});

describe("time", () => {
  it("reads like a clock and never runs backwards", () => {
    expect(duration(0, 7_000)).toBe("0:07");
    expect(duration(0, 754_000)).toBe("12:34");
    expect(duration(0, 3_723_000)).toBe("1:02:03");
    expect(duration(5_000, 0)).toBe("0:00");
    expect(seconds(1_500, 4_400)).toBe(2);
    expect(isoDuration(0, 3_723_000)).toBe("PT1H2M3S");
  });
});

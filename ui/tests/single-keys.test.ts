// @vitest-environment happy-dom
/** Keys without Control, switched off: they do nothing in any window, and no text there names them (WCAG 2.1.4). */
import { flushSync } from "svelte";
import { afterEach, describe, expect, it } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import MiniWindow from "../src/MiniWindow.svelte";
import { click, find } from "./page";
import { meeting } from "./people";
import { close, open } from "./window";

const NAME = "holdfast.single-keys";

afterEach(async () => {
  await close();
  localStorage.clear();
});

const snapshot = () => Promise.resolve(meeting("1"));

function press(key: string): void {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  flushSync();
}

const shown = (control: string): (string | null)[] => [...find(control).querySelectorAll("kbd")].map((key) => key.textContent);
const named = (control: string): string | null => find(control).getAttribute("aria-keyshortcuts");

describe("the bar of the meeting", () => {
  it("names a key only while it does something", async () => {
    await open(AppWindow, { snapshot });
    expect([named("control-microphone"), shown("control-microphone")]).toEqual(["M", ["M"]]);
    press("?");
    click("help-single");
    expect([named("control-microphone"), shown("control-microphone")]).toEqual([null, []]);
    expect([named("control-people"), shown("control-people")]).toEqual([null, []]);
    expect([named("control-leave"), shown("control-leave")], "those with Control go on").toEqual(["Control+L", ["Ctrl", "L"]]);
    click("help-single");
    expect([named("control-microphone"), shown("control-microphone")]).toEqual(["M", ["M"]]);
  });
});

describe("the small window", () => {
  it("mutes by key, and says so", async () => {
    const { backend } = await open(MiniWindow, { snapshot });
    expect(named("mini-microphone")).toBe("M");
    press("m");
    expect(backend.setMicrophone).toHaveBeenCalledExactlyOnceWith(false);
  });

  it("has no key where single keys are switched off", async () => {
    localStorage.setItem(NAME, "off");
    const { backend } = await open(MiniWindow, { snapshot });
    expect(named("mini-microphone")).toBeNull();
    press("m");
    expect(backend.setMicrophone).not.toHaveBeenCalled();
    click("mini-microphone");
    expect(backend.setMicrophone).toHaveBeenCalledExactlyOnceWith(false);
  });

  it("hears of it when they are switched off in the main window", async () => {
    const { backend } = await open(MiniWindow, { snapshot });
    localStorage.setItem(NAME, "off");
    window.dispatchEvent(new Event("storage"));
    flushSync();
    expect(named("mini-microphone")).toBeNull();
    localStorage.setItem(NAME, "on");
    window.dispatchEvent(new Event("focus"));
    flushSync();
    expect(named("mini-microphone")).toBe("M");
    localStorage.setItem(NAME, "off");
    press("m");
    expect(backend.setMicrophone, "even where it heard nothing").not.toHaveBeenCalled();
  });
});

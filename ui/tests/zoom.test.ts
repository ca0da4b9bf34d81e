// @vitest-environment happy-dom
/** Zoom by key, in every window that shows more than a face; it is the same the next time. */
import { flushSync } from "svelte";
import { afterEach, describe, expect, it } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import DebugWindow from "../src/debug/DebugWindow.svelte";
import type { App } from "../src/lib/meeting/app.svelte";
import { useLanguage } from "../src/lib/text/catalogue";
import { rejection, testBackend } from "./backend";
import { click, find } from "./page";
import { meeting } from "./people";
import { close, open, show } from "./window";

const NAME = "holdfast.zoom";

afterEach(async () => {
  await close();
  localStorage.clear();
  useLanguage("en");
});

/** The main window, and the factors it asks for. */
async function main(setZoom?: (factor: number) => Promise<void>): Promise<{ app: App; factors: number[] }> {
  const factors: number[] = [];
  const { app } = await open(AppWindow, {
    snapshot: () => Promise.resolve(meeting("1")),
    setZoom: (factor) => {
      factors.push(factor);
      return setZoom?.(factor) ?? Promise.resolve();
    },
  });
  return { app, factors };
}

/** Returns true if the key was left to other listeners. */
function press(key: string, change: Partial<KeyboardEventInit> = {}, on: Element = document.body): boolean {
  const left = on.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, cancelable: true, ...change }));
  flushSync();
  return left;
}

/** Another window keeps something: it is there for this one, which is told. */
function elsewhere(key: string, newValue: string): void {
  localStorage.setItem(key, newValue);
  window.dispatchEvent(new StorageEvent("storage", { key, newValue }));
}

/** Until what was asked for is answered. */
async function answered(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  flushSync();
}

const said = (): (string | undefined)[] =>
  [...document.querySelectorAll("[data-testid=zoom-said]")].map((one) => one.textContent?.trim()).filter((words) => words !== "");

describe("the zoom", () => {
  it("goes in steps, is said, and is kept", async () => {
    const { factors } = await main();
    expect(press("+"), "the browser must not zoom as well").toBe(false);
    await answered();
    expect(said()).toEqual(["Zoom 110 %"]);
    press("=");
    await answered();
    press("-");
    await answered();
    expect(factors).toEqual([1.1, 1.25, 1.1]);
    expect(localStorage.getItem(NAME)).toBe("1.1");
    press("0");
    await answered();
    expect(factors.at(-1)).toBe(1);
    expect(localStorage.getItem(NAME)).toBe("1");
    expect(said()).toEqual(["Zoom 100 %"]);
  });

  it("is as it was when the window is loaded again, without a message", async () => {
    localStorage.setItem(NAME, "1.75");
    const { factors } = await main();
    await answered();
    expect(factors).toEqual([1.75]);
    expect(said()).toEqual([]);
    press("+");
    await answered();
    expect(factors).toEqual([1.75, 2]);
  });

  it.each([null, "1", "9"])("asks for nothing where the usual size was kept: %s", async (words) => {
    if (words !== null) localStorage.setItem(NAME, words);
    const { factors } = await main();
    await answered();
    expect(factors).toEqual([]);
  });

  it("leaves plain keys and held keys alone", async () => {
    const { factors } = await main();
    expect(press("+", { ctrlKey: false })).toBe(true);
    press("+", { repeat: true });
    await answered();
    expect(factors).toEqual([]);
  });

  it("asks only for the newest while a request is under way", async () => {
    const answers: (() => void)[] = [];
    const { factors } = await main(() => new Promise((resolve) => answers.push(resolve)));
    for (let count = 0; count < 4; count += 1) press("+");
    expect(factors).toEqual([1.1]);
    answers[0]?.();
    await answered();
    expect(factors).toEqual([1.1, 1.75]);
    expect(said(), "not yet").toEqual([]);
    answers[1]?.();
    await answered();
    expect(said()).toEqual(["Zoom 175 %"]);
  });

  it("stays as it was when it cannot be changed, and says so", async () => {
    const { app, factors } = await main(() => rejection("internal"));
    press("+");
    await answered();
    expect(app.notes.problems.map(({ code }) => code)).toEqual(["internal"]);
    expect(localStorage.getItem(NAME)).toBeNull();
    press("+");
    await answered();
    expect(factors).toEqual([1.1, 1.1]);
  });

  it("works in the settings, in a field, and is said inside the dialog, as what is behind it is silent", async () => {
    const { app, factors } = await main();
    press("+");
    await answered();
    app.settings = true;
    flushSync();
    const dialog = find("settings");
    const spoken = dialog.querySelector("[data-testid=zoom-said]");
    expect(spoken?.textContent?.trim(), "that was before").toBe("");
    click("settings-part-servers");
    const field = dialog.querySelector("input");
    press("-", {}, field ?? dialog);
    press("-", {}, field ?? dialog);
    await answered();
    expect(factors.at(-1)).toBe(0.9);
    expect(spoken?.textContent?.trim()).toBe("Zoom 90 %");
  });

  it("is left alone while keys for the whole system are recorded", async () => {
    const { app, factors } = await main();
    app.settings = true;
    flushSync();
    click("settings-part-shortcuts");
    click("settings-record-mute");
    press("-", { code: "Minus" });
    await answered();
    expect(factors).toEqual([]);
  });

  it("is in the list of keys", async () => {
    await main();
    press("?", { ctrlKey: false });
    const entry = [...find("help").querySelectorAll("dl div")].find((one) => one.textContent?.includes("Zoom"));
    expect([...(entry?.querySelectorAll("kbd") ?? [])].map((key) => key.textContent)).toEqual(["Ctrl", "+", "−", "0"]);
  });

  it("is what another window made it, at once and without a word, and goes on from there", async () => {
    const { factors } = await main();
    elsewhere(NAME, "1.5");
    await answered();
    expect(factors).toEqual([1.5]);
    expect(said(), "there, not here").toEqual([]);
    press("+");
    await answered();
    expect(factors).toEqual([1.5, 1.75]);
    elsewhere(NAME, "1");
    await answered();
    expect(factors).toEqual([1.5, 1.75, 1]);
    expect(localStorage.getItem(NAME), "a window that follows stores nothing").toBe("1");
  });

  it("is not what it was the last time when another window keeps something else", async () => {
    const { factors } = await main(() => rejection("internal"));
    localStorage.setItem(NAME, "1.5");
    elsewhere("holdfast.single-keys", "off");
    await answered();
    expect(factors).toEqual([]);
  });

  it("is the newest, also where another window was quicker than the answer to a key here", async () => {
    const answers: (() => void)[] = [];
    const { factors } = await main(() => new Promise((resolve) => answers.push(resolve)));
    press("+");
    elsewhere(NAME, "0.8");
    answers[0]?.();
    await answered();
    answers[1]?.();
    await answered();
    expect(factors).toEqual([1.1, 0.8]);
    expect(said(), "what a key here led to").toEqual(["Zoom 80 %"]);
  });

  it("holds in the debug window as well, in the language in use", async () => {
    localStorage.setItem(NAME, "1.25");
    const factors: number[] = [];
    const backend = testBackend({
      setZoom: (factor) => {
        factors.push(factor);
        return Promise.resolve();
      },
    });
    useLanguage("de");
    show(DebugWindow, { backend });
    await answered();
    press("+");
    await answered();
    expect(factors).toEqual([1.25, 1.5]);
    expect(said()).toEqual(["Zoom 150 %"]);
    elsewhere(NAME, "1");
    await answered();
    expect(factors).toEqual([1.25, 1.5, 1]);
  });
});

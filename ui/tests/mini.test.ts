// @vitest-environment happy-dom
/** The small window: who speaks, mute, show, leave. */
import { flushSync } from "svelte";
import { afterEach, describe, expect, it } from "vitest";

import MiniWindow from "../src/MiniWindow.svelte";
import { speaker } from "../src/lib/meeting/speaker";
import { click, find, maybe } from "./page";
import { meeting } from "./people";
import { close, open, type Opened } from "./window";

afterEach(close);

const mini = (ids: string[] | null): Promise<Opened> =>
  open(MiniWindow, { snapshot: () => Promise.resolve(ids ? meeting(...ids) : null) });

describe("whom to show", () => {
  it("is who was pinned, else who speaks, else anyone, and never oneself", () => {
    const now = meeting("1", "2", "3");
    expect(speaker({ ...now, pinned: "3" }, "2")?.id).toBe("3");
    expect(speaker(now, "2")?.id).toBe("2");
    expect(speaker({ ...now, pinned: "9" }, "9")?.id).toBe("1");
    expect(speaker(meeting(), null)).toBeNull();
  });
});

describe("the small window", () => {
  it("follows who speaks", async () => {
    const { backend } = await mini(["1", "2"]);
    expect(find("mini-name").textContent).toContain("Person 1");
    backend.emit({ type: "levels", me: 0, levels: [{ feed: { participant: "2", source: "microphone" }, level: 0.5 }], activeSpeaker: "2" });
    flushSync();
    expect(find("mini-name").textContent).toContain("Person 2");
    expect(find("mini").dataset["speaker"]).toBe("2");
  });

  it("mutes, shows the meeting and leaves it", async () => {
    const { backend } = await mini(["1"]);
    click("mini-microphone");
    expect(backend.setMicrophone).toHaveBeenCalledExactlyOnceWith(false);
    click("mini-show");
    expect(backend.openWindow).toHaveBeenCalledExactlyOnceWith("main");
    click("mini-leave");
    expect(backend.leave).toHaveBeenCalledOnce();
  });

  it("mutes by key, but not with a key that is held", async () => {
    const { backend } = await mini(["1"]);
    const press = (repeat: boolean) =>
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "m", repeat, bubbles: true, cancelable: true }));
    press(true);
    expect(backend.setMicrophone).not.toHaveBeenCalled();
    press(false);
    expect(backend.setMicrophone).toHaveBeenCalledExactlyOnceWith(false);
  });

  it("does not press its button again and again for a held Enter", async () => {
    await mini(["1"]);
    const goesOn = (key: string, repeat: boolean): boolean =>
      find("mini-microphone").dispatchEvent(new KeyboardEvent("keydown", { key, repeat, bubbles: true, cancelable: true }));
    expect(goesOn("Enter", true)).toBe(false);
    expect(goesOn("Enter", false)).toBe(true);
    expect(goesOn("Tab", true), "held to walk over it").toBe(true);
  });

  it("has nothing to mute or leave without a meeting", async () => {
    await mini(null);
    expect(maybe("mini-microphone")).toBeNull();
    expect(maybe("mini-leave")).toBeNull();
    expect(find("mini").textContent).toContain("You are in no meeting.");
  });
});

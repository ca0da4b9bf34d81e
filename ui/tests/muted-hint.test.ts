// @vitest-environment happy-dom
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import { App } from "../src/lib/meeting/app.svelte";
import { testBackend, type TestBackend } from "./backend";
import { find, maybe } from "./page";
import { meeting } from "./people";

let mounted: Record<string, unknown> | null = null;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  vi.useRealTimers();
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
  localStorage.clear();
});

/** A meeting with one other, our microphone open or closed. */
async function open(microphone: boolean): Promise<TestBackend> {
  const backend = testBackend();
  const app = new App(backend);
  await app.start();
  mounted = mount(AppWindow, { target: document.body, props: { app } });
  backend.emit({ type: "snapshot", snapshot: withMicrophone(microphone) });
  flushSync();
  return backend;
}

function withMicrophone(on: boolean): ReturnType<typeof meeting> {
  const now = meeting("1");
  return { ...now, self: { ...now.self, media: { ...now.self.media, microphone: on } } };
}

const SAID = "You are speaking, but your microphone is off. Nobody hears you.";
const said = (): number => [...find("announcement").children].filter((one) => one.textContent === SAID).length;

describe("a voice at a closed microphone", () => {
  it("is hinted at beside the microphone, with its key, for a moment, and said once", async () => {
    const backend = await open(false);
    expect(maybe("muted-hint")).toBeNull();
    backend.emit({ type: "mutedVoice" });
    flushSync();
    expect(find("muted-hint").textContent?.replace(/\s+/g, " ").trim()).toBe("You are muted M to unmute");
    expect(find("muted-hint").getAttribute("aria-hidden"), "it was said").toBe("true");
    expect(said()).toBe(1);
    vi.advanceTimersByTime(6000);
    flushSync();
    expect(maybe("muted-hint")).toBeNull();
    expect(said()).toBe(1);
  });

  it("is forgotten the moment the microphone opens", async () => {
    const backend = await open(false);
    backend.emit({ type: "mutedVoice" });
    backend.emit({ type: "self", self: withMicrophone(true).self });
    flushSync();
    expect(maybe("muted-hint")).toBeNull();
  });

  it("that was heard as the microphone opened is no hint", async () => {
    const backend = await open(true);
    backend.emit({ type: "mutedVoice" });
    flushSync();
    expect(maybe("muted-hint")).toBeNull();
    expect(said()).toBe(0);
  });

  it("names no key where single keys are switched off", async () => {
    localStorage.setItem("holdfast.single-keys", "off");
    const backend = await open(false);
    backend.emit({ type: "mutedVoice" });
    flushSync();
    expect(find("muted-hint").textContent?.trim()).toBe("You are muted");
  });
});

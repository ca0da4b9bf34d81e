// @vitest-environment happy-dom
/** Connections that broke: what a person sees of them, and what they can do. */
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import { App } from "../src/lib/meeting/app.svelte";
import { RETRY_MS } from "../src/lib/meeting/retries.svelte";
import { PATIENCE_MS } from "../src/lib/meeting/sync";
import type { ParticipantView } from "../src/lib/wire/ParticipantView";
import { rejection, testBackend, type TestBackend } from "./backend";
import { click, find, maybe } from "./page";
import { meeting, person } from "./people";

let mounted: Record<string, unknown> | null = null;
let app: App;
let backend: TestBackend;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
  vi.useRealTimers();
});

async function open(change: Partial<ParticipantView>, answers: Parameters<typeof testBackend>[0] = {}): Promise<void> {
  const snapshot = { ...meeting("1"), participants: [person("1", change)] };
  backend = testBackend({ snapshot: () => Promise.resolve(snapshot), ...answers });
  app = new App(backend);
  mounted = mount(AppWindow, { target: document.body, props: { app } });
  await app.start();
  flushSync();
}

function becomes(change: Partial<ParticipantView>): void {
  backend.emit({ type: "participant", participant: person("1", change) });
  flushSync();
}

function muted(revision: number): void {
  const media = { revision, microphone: false, camera: true, screen: false, hand: false };
  backend.emit({ type: "self", self: person("0", { name: "Ada", media }) });
  flushSync();
}

const said = (): string[] => app.notes.said.map(({ words }) => words);
const heard = (): (string | null)[] => [...find("announcement").children].map((one) => one.textContent);
const after = async (ms: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
  flushSync();
};

describe("a connection that failed", () => {
  it("can be tried again, by a button that names the person", async () => {
    await open({ state: "failed", name: "Grace" });
    expect(find("badge").textContent).toContain("Connection failed");
    expect(find("retry").getAttribute("aria-label")).toBe("Retry the connection to Grace");
    click("retry");
    expect(backend.retry).toHaveBeenCalledExactlyOnceWith("1");
    expect(find("retry").textContent?.trim()).toBe("Trying again…");
    expect(said().at(-1)).toBe("Trying again to reach Grace.");
    click("retry");
    expect(backend.retry).toHaveBeenCalledOnce();
  });

  it("says what it is doing until the state changes", async () => {
    await open({ state: "failed" });
    click("retry");
    becomes({ state: "reconnecting", stateSinceMs: 1_000_000 });
    expect(maybe("retry")).toBeNull();
    expect(find("badge").textContent).toContain("Reconnecting… (0 s)");
    becomes({ state: "failed", stateSinceMs: 1_020_000 });
    expect(find("retry").textContent?.trim()).toBe("Retry");
  });

  it("can be tried once more when the core had nothing to say", async () => {
    await open({ state: "failed" });
    click("retry");
    await after(RETRY_MS);
    expect(find("retry").textContent?.trim()).toBe("Retry");
  });

  it("can be tried once more when the core said no", async () => {
    await open({ state: "failed" }, { retry: () => rejection("not_in_meeting") });
    click("retry");
    await after(0);
    expect(find("retry").textContent?.trim()).toBe("Retry");
    expect(app.notes.problems.map(({ code }) => code)).toEqual(["not_in_meeting"]);
  });

  it("keeps the focus near when the button that had it goes away", async () => {
    await open({ state: "failed" });
    find("retry").focus();
    click("retry");
    becomes({ state: "reconnecting" });
    expect(document.activeElement).toBe(find("tile-details"));
  });
});

describe("a connection being repaired", () => {
  it("shows for how long, and which attempt it is", async () => {
    await open({ state: "reconnecting", stateSinceMs: 1_000_000 });
    await after(7_000);
    expect(find("badge").textContent?.trim()).toBe("Reconnecting… (7 s)");
    becomes({ state: "reconnecting", stateSinceMs: 1_000_000, attempt: 3 });
    expect(find("badge").textContent?.trim()).toBe("Reconnecting… (attempt 3, 7 s)");
  });

  it("is said once, however long it takes", async () => {
    await open({ name: "Grace" });
    const before = said().length;
    becomes({ name: "Grace", state: "reconnecting", stateSinceMs: 1_000_000 });
    await after(5_000);
    becomes({ name: "Grace", state: "reconnecting", stateSinceMs: 1_000_000, present: false });
    await after(20_000);
    becomes({ name: "Grace", state: "failed" });
    becomes({ name: "Grace", state: "connected" });
    expect(said().slice(before)).toEqual([
      "The connection to Grace was lost. Reconnecting.",
      "The connection to Grace failed. Holdfast keeps trying.",
      "Grace is connected again.",
    ]);
    expect(heard().slice(-3)).toEqual(said().slice(-3));
  });

  it("is said of each, when several break at the same moment", async () => {
    await open({});
    backend.emit({ type: "participant", participant: person("2") });
    backend.emit({ type: "participant", participant: person("1", { state: "reconnecting" }) });
    backend.emit({ type: "participant", participant: person("2", { state: "reconnecting" }) });
    flushSync();
    expect(heard().slice(-2)).toEqual([
      "The connection to Person 1 was lost. Reconnecting.",
      "The connection to Person 2 was lost. Reconnecting.",
    ]);
  });

  it("can be hurried from its details, without a button in the way", async () => {
    await open({ state: "reconnecting", name: "Grace" });
    expect(maybe("retry")).toBeNull();
    click("tile-details");
    click("details-retry");
    expect(backend.retry).toHaveBeenCalledExactlyOnceWith("1");
  });
});

describe("whether others know what we send", () => {
  it("is worth a sign only when it takes longer than a moment", async () => {
    await open({ name: "Grace" });
    muted(2);
    expect(find("tile").dataset["synced"]).toBe("false");
    click("tile-details");
    expect(find("details-sync").textContent).toBe("In sync");
    await after(PATIENCE_MS + 1_000);
    expect(find("details-sync").textContent).toBe("Telling Grace that you are muted…");
    becomes({ name: "Grace", acknowledgedRevision: 2 });
    expect(find("details-sync").textContent).toBe("In sync");
    expect(find("tile").dataset["synced"]).toBe("true");
  });

  it("counts from the first change they missed, not from the last", async () => {
    await open({});
    muted(2);
    await after(1_500);
    muted(3);
    await after(1_500);
    expect(app.behind.get("1")).toBe(1_000_000);
    becomes({ acknowledgedRevision: 2 });
    expect(app.behind.get("1")).toBe(1_000_000);
  });

  it("is not asked of someone who is not connected: they have a badge", async () => {
    await open({ state: "reconnecting" });
    muted(2);
    await after(10_000);
    expect(app.behind.size).toBe(0);
    click("tile-details");
    expect(find("details-sync").textContent).toBe("Will be told when connected");
  });
});

describe("connection details", () => {
  it("open beside the tile, and close by key with the focus back where it was", async () => {
    await open({ name: "Grace", stateSinceMs: 1_000_000 - 65_000, present: false });
    const opener = find("tile-details");
    expect(opener.getAttribute("aria-label")).toBe("Connection details of Grace");
    expect(opener.getAttribute("aria-expanded")).toBe("false");
    click("tile-details");
    expect(opener.getAttribute("aria-expanded")).toBe("true");
    expect(find("details").id).toBe(opener.getAttribute("aria-controls"));
    expect(find("details").textContent).toContain("Connected for 1:05");
    expect(find("details").textContent).toContain("Does not hear them; the call goes on");
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    flushSync();
    expect(maybe("details")).toBeNull();
    expect(document.activeElement).toBe(opener);
  });

  it("close when something else is pressed", async () => {
    await open({});
    click("tile-details");
    find("details").dispatchEvent(new Event("pointerdown", { bubbles: true }));
    flushSync();
    expect(maybe("details")).not.toBeNull();
    find("control-hand").dispatchEvent(new Event("pointerdown", { bubbles: true }));
    flushSync();
    expect(maybe("details")).toBeNull();
  });
});

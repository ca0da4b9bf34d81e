// @vitest-environment happy-dom
import { flushSync, mount, unmount } from "svelte";
import { afterEach, describe, expect, it, vi } from "vitest";

import Tile from "../src/lib/components/Tile.svelte";
import { App } from "../src/lib/meeting/app.svelte";
import Home from "../src/screens/Home.svelte";
import Meeting from "../src/screens/Meeting.svelte";
import { rejection, testBackend, type TestBackend } from "./backend";
import { click, find } from "./page";
import { meeting, person, preferences } from "./people";

const link = "holdfast://join/127.0.0.1:4000/blue#c2VjcmV0";

let mounted: Record<string, unknown> | null = null;

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
});

const errors = (): (string | null)[] =>
  [...document.querySelectorAll("[data-testid=error-message]")].map((one) => one.getAttribute("data-code"));

function type(id: string, words: string): void {
  const input = find<HTMLInputElement>(id);
  input.value = words;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
}

async function home(backend: TestBackend): Promise<App> {
  const app = new App(backend);
  await app.start();
  mounted = mount(Home, { target: document.body, props: { app } });
  flushSync();
  return app;
}

describe("a tile", () => {
  const show = (change: Parameters<typeof person>[1], own = false): HTMLElement => {
    mounted = mount(Tile, { target: document.body, props: { participant: person("1", change), number: 1, own, renderer: null } });
    flushSync();
    return find("tile");
  };

  it("says what it shows, for tests and for those who listen", () => {
    const media = { revision: 3, microphone: false, camera: false, screen: false, hand: true };
    const tile = show({ name: "Grace Hopper", media });
    expect(tile.dataset).toMatchObject({
      participant: "1",
      state: "connected",
      microphone: "false",
      camera: "false",
      frames: "0",
    });
    expect(tile.getAttribute("aria-label")).toBe("Grace Hopper, microphone off, camera off, hand raised");
    expect(tile.querySelector(".avatar")?.textContent).toBe("GH");
    expect(document.querySelector("[data-testid=badge]")).toBeNull();
  });

  it("shows how the connection stands", () => {
    show({ state: "reconnecting", stateSinceMs: Date.now() - 7_500 });
    expect(find("badge").textContent?.trim()).toBe("Reconnecting… (7 s)");
  });

  it.each([
    ["waiting", "Connecting…"],
    ["connecting", "Connecting…"],
    ["failed", "Connection failed"],
  ] as const)("has a badge for %s", (state, words) => {
    show({ state });
    expect(find("badge").textContent).toContain(words);
  });

  it("shows a hostile name as text", () => {
    const tile = show({ name: "<img src=x onerror=alert(1)>\u202Egnp" });
    expect(tile.querySelector("img")).toBeNull();
    expect(tile.querySelector("bdi")?.textContent).toBe("<img src=x onerror=alert(1)> gnp");
  });
});

describe("home", () => {
  it("leads to the lobby, and leaves the meeting to it", async () => {
    const backend = testBackend();
    const app = await home(backend);
    click("home-host");
    expect(app.goal).toEqual({ kind: "host" });
    click("home-demo");
    expect(app.goal).toEqual({ kind: "demo" });
    expect(backend.host).not.toHaveBeenCalled();
    expect(backend.demo).not.toHaveBeenCalled();
  });

  it("says what is wrong with a link, and takes the one inside a message to the lobby", async () => {
    const backend = testBackend();
    const app = await home(backend);
    click("home-join");
    expect(errors()).toEqual(["link_empty"]);
    type("home-join-link", "https://example.org");
    click("home-join");
    expect(errors()).toEqual(["link_not_invite"]);
    type("home-join-link", `Come: ${link}.`);
    click("home-join");
    await vi.waitFor(() => expect(app.goal).toMatchObject({ kind: "join", link, room: "blue" }));
    expect(backend.inspectLink).toHaveBeenCalledExactlyOnceWith(link);
    expect(backend.join).not.toHaveBeenCalled();
  });

  it("shows beside the link what the core finds wrong with it", async () => {
    const app = await home(testBackend({ inspectLink: () => rejection("link_secret_length") }));
    type("home-join-link", link);
    click("home-join");
    await vi.waitFor(() => expect(errors()).toEqual(["link_secret_length"]));
    expect(app.goal).toBeNull();
    expect(document.activeElement).toBe(find("home-join-link"));
  });

  it("goes on with an invite pasted anywhere, and leaves other text alone", async () => {
    const app = await home(testBackend());
    const paste = (words: string): boolean => {
      const event = new Event("paste", { bubbles: true, cancelable: true });
      Object.assign(event, { clipboardData: { getData: () => words } });
      const untouched = document.body.dispatchEvent(event);
      flushSync();
      return untouched;
    };
    expect(paste("just words")).toBe(true);
    expect(paste(`see ${link}`)).toBe(false);
    await vi.waitFor(() => expect(app.goal).toMatchObject({ link }));
  });

  it("takes one back into a recent meeting with one press, as it was entered", async () => {
    const backend = testBackend();
    const app = await home(backend);
    const recent = { id: 7, room: "tide", hosted: false, name: "Ada L.", atMs: 0 };
    app.preferences.take(preferences({ microphone: false }));
    backend.emit({ type: "recent", meetings: [recent] });
    flushSync();
    click("recent-join");
    expect(backend.joinRecent).toHaveBeenCalledExactlyOnceWith(7, { name: "Ada L.", microphone: false, camera: true });
  });

  it("forgets a recent meeting", async () => {
    const backend = testBackend();
    await home(backend);
    backend.emit({ type: "recent", meetings: [{ id: 7, room: "tide", hosted: true, name: "Ada", atMs: 0 }] });
    flushSync();
    click("recent-forget");
    expect(backend.forgetRecent).toHaveBeenCalledExactlyOnceWith(7);
    expect(document.querySelector("[data-testid=recent]")).toBeNull();
  });

  it("shows why a meeting ended, and what went wrong elsewhere", async () => {
    const backend = testBackend();
    await home(backend);
    backend.emit({ type: "snapshot", snapshot: meeting("1") });
    backend.emit({ type: "ended", code: "server_closing" });
    backend.emit({ type: "preferencesReset" });
    flushSync();
    expect(errors()).toEqual(["preferences_reset", "server_closing"]);
    expect(document.querySelector("#home-failure")!.textContent).toContain("Ask the host");
  });
});

describe("the controls", () => {
  it("name what a press does and carry the state", async () => {
    const backend = testBackend({ snapshot: () => Promise.resolve(meeting("1", "2")) });
    const app = new App(backend);
    await app.start();
    mounted = mount(Meeting, { target: document.body, props: { app, meeting: app.meeting! } });
    flushSync();
    expect(find("control-microphone").textContent).toContain("Mute");
    expect(find("control-microphone").dataset["on"]).toBe("true");
    expect(find("control-hand").dataset["on"]).toBe("false");
    const held = new KeyboardEvent("keydown", { key: "Enter", repeat: true, bubbles: true, cancelable: true });
    expect(find("control-microphone").dispatchEvent(held), "a held key presses once").toBe(false);
    expect(find("control-leave").getAttribute("aria-keyshortcuts")).toBe("Control+L");
    expect(find("meeting-invite").dataset["invite"]).toBe(app.meeting?.invite);
    expect(find("meeting-invite").textContent).not.toContain("#");
    expect(find("people-count").textContent).toContain("3 people");
    click("control-hand");
    expect(backend.setHand).toHaveBeenCalledExactlyOnceWith(true);
    click("control-copy");
    expect(backend.copyInvite).toHaveBeenCalledOnce();
  });
});

// @vitest-environment happy-dom
import { flushSync, mount, unmount } from "svelte";
import { afterEach, describe, expect, it } from "vitest";

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
    mounted = mount(Tile, { target: document.body, props: { participant: person("1", change), own, theater: null } });
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
  it("asks for a name before anything else", async () => {
    const backend = testBackend({ preferences: () => Promise.resolve(preferences()) });
    await home(backend);
    click("home-host");
    expect(errors()).toEqual(["name_empty"]);
    expect(document.activeElement).toBe(find("home-name"));
    type("home-name", "Ada");
    expect(errors()).toEqual([]);
    click("home-microphone");
    click("home-host");
    expect(backend.host).toHaveBeenCalledExactlyOnceWith({ name: "Ada", microphone: false, camera: true });
    expect(find<HTMLButtonElement>("home-host").disabled).toBe(true);
  });

  it("says what is wrong with a link and joins with the one inside a message", async () => {
    const backend = testBackend();
    await home(backend);
    click("home-join");
    expect(errors()).toEqual(["link_empty"]);
    type("home-join-link", "https://example.org");
    click("home-join");
    expect(errors()).toEqual(["link_not_invite"]);
    type("home-join-link", `Come: ${link}.`);
    click("home-join");
    expect(backend.join).toHaveBeenCalledExactlyOnceWith(link, { name: "Ada", microphone: true, camera: true });
  });

  it("takes an invite pasted anywhere, and leaves other text alone", async () => {
    await home(testBackend());
    const paste = (words: string): boolean => {
      const event = new Event("paste", { bubbles: true, cancelable: true });
      Object.assign(event, { clipboardData: { getData: () => words } });
      const untouched = document.body.dispatchEvent(event);
      flushSync();
      return untouched;
    };
    expect(paste("just words")).toBe(true);
    expect(paste(`see ${link}`)).toBe(false);
    expect(find<HTMLInputElement>("home-join-link").value).toBe(link);
  });

  it("shows why joining failed", async () => {
    const app = await home(testBackend({ join: () => rejection("room_full") }));
    await app.enter({ kind: "join", link }, { name: "Ada", microphone: true, camera: true });
    flushSync();
    expect(errors()).toEqual(["room_full"]);
    expect(find("error-message").textContent).toContain("The meeting is full.");
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

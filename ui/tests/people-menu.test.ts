// @vitest-environment happy-dom
/** Actions for people: menus, pins, the panel, the own picture; by pointer and by key. */
import { flushSync, mount, unmount } from "svelte";
import { afterEach, describe, expect, it, vi } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import { App } from "../src/lib/meeting/app.svelte";
import type { MeetingSnapshot } from "../src/lib/wire/MeetingSnapshot";
import type { Preferences } from "../src/lib/wire/Preferences";
import { testBackend, type TestBackend } from "./backend";
import { click, find, maybe } from "./page";
import { meeting, person, preferences } from "./people";

// Whole screens on a machine that does much else at the same time.
vi.setConfig({ testTimeout: 60_000 });

let mounted: Record<string, unknown> | null = null;
let app: App;
let backend: TestBackend;

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
  localStorage.clear();
});

async function open(snapshot: MeetingSnapshot, chosen: Partial<Preferences> = {}): Promise<void> {
  backend = testBackend({
    snapshot: () => Promise.resolve(snapshot),
    preferences: () => Promise.resolve(preferences({ name: "Ada", ...chosen })),
  });
  app = new App(backend);
  await app.start();
  mounted = mount(AppWindow, { target: document.body, props: { app } });
  flushSync();
}

const tileOf = (id: string): HTMLElement => document.querySelector(`[data-testid=tile][data-participant="${id}"]`)!;
const inTile = (id: string, what: string): HTMLElement => tileOf(id).querySelector(`[data-testid=${what}]`)!;

function press(element: HTMLElement): void {
  element.click();
  flushSync();
}

function key(name: string, on: EventTarget = document.activeElement ?? window, change: KeyboardEventInit = {}): void {
  on.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...change }));
  flushSync();
}

const settled = async (): Promise<void> => {
  // After a turn of the event loop, all answers have been handled.
  await new Promise((done) => setTimeout(done));
  flushSync();
};

describe("the menu of a person", () => {
  it("opens with the focus in it, goes with the arrows, and gives the focus back", async () => {
    await open(meeting("1", "2"));
    press(inTile("1", "tile-menu"));
    expect(inTile("1", "tile-menu").getAttribute("aria-expanded")).toBe("true");
    expect(document.activeElement).toBe(find("person-mute"));
    key("ArrowDown");
    expect(document.activeElement).toBe(find("person-pin"));
    key("End");
    expect(document.activeElement).toBe(find("person-details"));
    key("ArrowDown");
    expect(document.activeElement).toBe(find("person-mute"));
    key("ArrowUp");
    expect(document.activeElement).toBe(find("person-details"));
    key("Escape");
    expect(maybe("person-menu")).toBeNull();
    expect(document.activeElement).toBe(inTile("1", "tile-menu"));
  });

  it("keeps the Tab key between the slider and the list", async () => {
    await open(meeting("1"));
    press(inTile("1", "tile-menu"));
    key("Tab");
    expect(document.activeElement).toBe(find("person-volume"));
    key("Tab");
    expect(document.activeElement).toBe(find("person-mute"));
  });

  it("sets the volume and the muting that the core is asked for, and only the newest of many", async () => {
    let answer: () => void = () => undefined;
    await open(meeting("1"));
    vi.mocked(backend.setListening).mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    press(inTile("1", "tile-menu"));
    for (const volume of ["110", "125", "150"]) {
      find<HTMLInputElement>("person-volume").value = volume;
      find("person-volume").dispatchEvent(new Event("input", { bubbles: true }));
      flushSync();
    }
    expect(find("person-popup").textContent).toContain("150 %");
    answer();
    await settled();
    answer();
    await settled();
    const asked = vi.mocked(backend.setListening).mock.calls;
    expect(asked).toEqual([
      ["1", { volume: 110, muted: false }],
      ["1", { volume: 150, muted: false }],
    ]);
    click("person-mute");
    expect(vi.mocked(backend.setListening)).toHaveBeenLastCalledWith("1", { volume: 150, muted: true });
  });

  it("pins, and the pin shows when the core says so", async () => {
    await open(meeting("1", "2", "3"));
    expect(find("stage").dataset["layout"]).toBe("grid");
    press(inTile("2", "tile-menu"));
    click("person-pin");
    expect(backend.setPinned).toHaveBeenCalledExactlyOnceWith("2");
    expect(find("stage").dataset["layout"]).toBe("grid");
    backend.emit({ type: "pinned", id: "2" });
    flushSync();
    expect(find("stage").dataset["layout"]).toBe("pinned");
    expect(tileOf("2").dataset["pinned"]).toBe("true");
    expect(tileOf("2").getAttribute("aria-label")).toContain("pinned");
  });

  it("is closed when the person leaves", async () => {
    await open(meeting("1", "2"));
    press(inTile("1", "tile-menu"));
    backend.emit({ type: "participantLeft", id: "1" });
    flushSync();
    expect(maybe("person-menu")).toBeNull();
  });

  it("leads to the numbers of the connection", async () => {
    await open(meeting("1"));
    const numbers = { rttMs: 24, lossIn: 0.004, lossOut: 0, kbpsIn: 1240, kbpsOut: 980 };
    backend.emit({ type: "quality", qualities: [{ id: "1", grade: "excellent", ...numbers }] });
    flushSync();
    expect(find("tile-details").dataset["grade"]).toBe("excellent");
    press(inTile("1", "tile-menu"));
    click("person-details");
    expect(find("details").textContent).toMatch(/Excellent.*24 ms.*0\.4% in, 0% out.*1,240 kbit\/s.*980 kbit\/s/s);
  });
});

describe("a double click", () => {
  it("pins and unpins, but not on a button, and not oneself", async () => {
    await open(meeting("1", "2"));
    const twice = (on: HTMLElement): void => void on.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    twice(inTile("1", "tile-menu"));
    twice(tileOf("0"));
    expect(backend.setPinned).not.toHaveBeenCalled();
    twice(tileOf("1"));
    expect(backend.setPinned).toHaveBeenLastCalledWith("1");
    backend.emit({ type: "pinned", id: "1" });
    twice(tileOf("1"));
    expect(backend.setPinned).toHaveBeenLastCalledWith(null);
  });
});

describe("the layout", () => {
  it("is chosen from its menu, which ends a pin", async () => {
    await open({ ...meeting("1", "2", "3"), pinned: "3" });
    click("control-layout");
    expect(find("layout-unpin").textContent).toContain("Unpin Person 3");
    click("layout-speaker");
    await settled();
    expect(backend.setPinned).toHaveBeenCalledExactlyOnceWith(null);
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith({ layout: "speaker" });
    expect(app.notes.said.at(-1)?.words).toBe("Speaker layout.");
    expect(document.activeElement).toBe(find("control-layout"));
  });

  it("follows the one who speaks, as the core tells", async () => {
    await open(meeting("1", "2", "3"), { layout: "speaker" });
    const large = (): string | undefined =>
      document.querySelector<HTMLElement>("[data-large=true] [data-testid=tile]")?.dataset["participant"];
    expect(large()).toBe("1");
    backend.emit({ type: "levels", me: 0, levels: [], activeSpeaker: "3" });
    flushSync();
    expect(large()).toBe("3");
    backend.emit({ type: "participantLeft", id: "3" });
    flushSync();
    expect(large()).toBe("1");
  });

  it("goes on by key", async () => {
    await open(meeting("1"));
    key("l", window);
    await settled();
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith({ layout: "grid" });
  });
});

describe("the own picture", () => {
  it("goes away and comes back from the layout menu", async () => {
    await open(meeting("1", "2"));
    press(inTile("0", "tile-menu"));
    click("own-show");
    await settled();
    expect(tileOf("0")).toBeNull();
    click("control-layout");
    expect(find("layout-self").getAttribute("aria-checked")).toBe("false");
    click("layout-self");
    await settled();
    expect(tileOf("0")).not.toBeNull();
  });

  it("is mirrored here, and only if wanted", async () => {
    await open(meeting("1"));
    const mirrored = (id: string): boolean => tileOf(id).querySelector("canvas")!.classList.contains("mirrored");
    expect(mirrored("0")).toBe(true);
    expect(mirrored("1")).toBe(false);
    press(inTile("0", "tile-menu"));
    click("own-mirror");
    await settled();
    expect(mirrored("0")).toBe(false);
  });
});

describe("the own picture over a large one", () => {
  function move(element: HTMLElement, type: string, clientX: number, clientY: number): void {
    element.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0, pointerId: 1, clientX, clientY }));
    flushSync();
  }

  async function openWide(): Promise<HTMLElement> {
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1200);
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(675);
    HTMLElement.prototype.setPointerCapture = () => undefined;
    await open(meeting("1"));
    return tileOf("0").closest("li")!;
  }

  it("is dragged from corner to corner, and stays after a press that did not move", async () => {
    const own = await openWide();
    expect([own.style.left, own.style.top]).toEqual(["932px", "519px"]);
    move(own, "pointerdown", 1000, 600);
    move(own, "pointermove", 1002, 601);
    move(own, "pointerup", 1002, 601);
    expect(backend.changePreferences).not.toHaveBeenCalled();
    move(own, "pointerdown", 1000, 600);
    move(own, "pointermove", 500, 590);
    expect(own.style.translate).toBe("-500px -10px");
    move(own, "pointermove", 100, 100);
    move(own, "pointerup", 100, 100);
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith({ selfCorner: "topLeft" });
    expect([own.style.left, own.style.top, own.style.translate]).toEqual(["12px", "48px", ""]);
  });

  it("is moved by the arrow keys from its button, but not while its menu is open", async () => {
    await openWide();
    const button = inTile("0", "tile-menu");
    button.focus();
    key("ArrowLeft");
    expect(backend.changePreferences).toHaveBeenLastCalledWith({ selfCorner: "bottomLeft" });
    await settled();
    press(button);
    key("ArrowDown");
    expect(backend.changePreferences).toHaveBeenCalledOnce();
    click("own-corner-topRight");
    expect(backend.changePreferences).toHaveBeenLastCalledWith({ selfCorner: "topRight" });
  });
});

describe("the panel", () => {
  it("opens by key, lists raised hands first, and goes with Escape", async () => {
    const participants = [
      person("1"),
      person("2", { media: { revision: 1, microphone: false, camera: true, screen: false, hand: true }, handSinceMs: 50 }),
    ];
    await open({ ...meeting(), participants });
    key("p", window);
    expect(document.activeElement?.id).toBe("tab-people");
    const rows = [...document.querySelectorAll<HTMLElement>("[data-testid=person]")];
    expect(rows.map(({ dataset }) => dataset["participant"])).toEqual(["2", "0", "1"]);
    expect(rows[0]!.textContent).toContain("Hand 1");
    expect(rows[0]!.textContent).toContain("Microphone off");
    expect(inTile("2", "tile-hand").textContent).toContain("1");
    key("Escape");
    expect(maybe("panel")).toBeNull();
  });

  it("says in words who misses whom", async () => {
    const participants = [person("1", { name: "Grace", hears: ["0"] }), person("2", { name: "Alan", hears: ["0", "1"] })];
    await open({ ...meeting(), participants });
    click("control-people");
    key("ArrowRight");
    expect(document.activeElement?.id).toBe("tab-chat");
    key("ArrowRight");
    expect(document.activeElement?.id).toBe("tab-hearing");
    expect(find("hearing-summary").textContent).toContain("\u2068Grace\u2069 does not hear \u2068Alan\u2069.");
    const table = find("hearing-table");
    const row = [...table.querySelectorAll("tbody tr")][1]!;
    expect(row.querySelector("th")!.textContent).toContain("Grace");
    expect([...row.querySelectorAll("td")].map((cell) => cell.textContent?.trim())).toEqual(["hears", "themselves", "does not hear"]);
  });

  it("has the same menu as a tile", async () => {
    await open(meeting("1"));
    click("control-people");
    click("row-menu");
    click("person-mute");
    expect(backend.setListening).toHaveBeenCalledExactlyOnceWith("1", { volume: 100, muted: true });
  });
});

describe("keys", () => {
  it("are all in a list, and single ones can be switched off for those who dictate", async () => {
    await open(meeting("1"));
    key("?", window, { shiftKey: true });
    expect(find("help").textContent).toContain("Raise or lower your hand");
    expect(find("help").textContent).not.toContain("Debug panel");
    find<HTMLInputElement>("help-single").click();
    click("help-close");
    flushSync();
    key("h", window);
    expect(backend.setHand).not.toHaveBeenCalled();
    key("l", window, { ctrlKey: true });
    expect(backend.leave).toHaveBeenCalledOnce();
  });

  it("do what the controls do", async () => {
    await open(meeting("1"));
    key("m", window);
    key("v", window);
    key("h", window);
    key("w", window);
    key("d", window);
    await settled();
    expect(backend.setMicrophone).toHaveBeenCalledExactlyOnceWith(false);
    expect(backend.setCamera).toHaveBeenCalledExactlyOnceWith(false);
    expect(backend.setHand).toHaveBeenCalledExactlyOnceWith(true);
    // There is no debug panel to open unless the person asked for it in the settings.
    expect(vi.mocked(backend.openWindow).mock.calls).toEqual([["mini"]]);
  });
});

describe("devices", () => {
  it("are chosen beside the control that uses them", async () => {
    await open({ ...meeting("1"), devices: { camera: null, microphone: "usb", speaker: null } });
    const microphones = [{ id: "built-in", name: "Built-in" }, { id: "usb", name: "<b>Headset</b>" }];
    vi.mocked(backend.devices).mockResolvedValue({ cameras: [], microphones, speakers: [] });
    click("caret-sound");
    await settled();
    const offered = [...document.querySelectorAll("[data-testid=device-microphone]")];
    expect(offered.map((one) => [one.textContent?.trim(), one.getAttribute("aria-checked")])).toEqual([
      ["System default", "false"],
      ["Built-in", "false"],
      ["<b>Headset</b>", "true"],
    ]);
    expect(document.activeElement).toBe(offered[2]);
    (offered[1] as HTMLElement).click();
    await settled();
    expect(backend.chooseDevice).toHaveBeenCalledExactlyOnceWith("microphone", "built-in");
  });
});

describe("ten levels a second", () => {
  it("change one property of the ring of who speaks, and nothing else on the page", async () => {
    await open(meeting("1", "2", "3"));
    const say = (level: number): void => {
      backend.emit({ type: "levels", me: 0, levels: [{ feed: { participant: "1", source: "microphone" }, level }], activeSpeaker: "1" });
      flushSync();
    };
    say(0.5);
    const seen: MutationRecord[] = [];
    const observer = new MutationObserver((records) => void seen.push(...records));
    observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    for (let step = 6; step < 32; step += 1) say(step / 32);
    await settled();
    seen.push(...observer.takeRecords());
    observer.disconnect();
    const touched = new Set(seen.map(({ target, attributeName }) => `${(target as HTMLElement).className} ${attributeName}`));
    expect([...touched].filter((one) => !/\bring\b.* style$/.test(one))).toEqual([]);
    expect(tileOf("1").dataset["speaking"]).toBe("true");
    expect(tileOf("2").dataset["speaking"]).toBe("false");
  });

  it("show no voice of someone who is muted", async () => {
    const media = { revision: 1, microphone: false, camera: true, screen: false, hand: false };
    await open({ ...meeting(), participants: [person("1", { media })] });
    backend.emit({ type: "levels", me: 0, levels: [{ feed: { participant: "1", source: "microphone" }, level: 1 }], activeSpeaker: null });
    flushSync();
    expect(tileOf("1").dataset["speaking"]).toBe("false");
  });
});

describe("a hostile name", () => {
  const HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "\u202Egnp.exe\u202C",
    "a\u200B\u200Bb\u2066c",
    `${"W".repeat(64)}${"x".repeat(100_000)}`,
    "نور <script>alert(1)</script>",
  ];

  it.each(HOSTILE)("is text wherever it is shown: %.20s", async (name) => {
    const participants = [person("1", { name, hears: [] }), person("2")];
    await open({ ...meeting(), participants, pinned: "1" });
    const shown = (): string => document.body.textContent ?? "";
    click("control-people");
    press(inTile("1", "tile-menu"));
    click("person-details");
    key("Escape");
    click("control-layout");
    key("Escape");
    press(document.querySelector("#tab-hearing")!);
    expect(document.querySelector("img, script")).toBeNull();
    expect(shown()).not.toMatch(/[\u202A-\u202E\u200B\u2066\u2067]/);
    for (const { textContent } of document.querySelectorAll("bdi")) expect(textContent.length).toBeLessThan(100);
    expect(tileOf("1").getAttribute("aria-label")!.length).toBeLessThan(200);
  });
});

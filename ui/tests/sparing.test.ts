// @vitest-environment happy-dom
/** A computer that cannot keep up: from frames that come too fast to the sentence on the screen, and what it offers. */
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import { writeFrame } from "../src/lib/frames/header";
import { App } from "../src/lib/meeting/app.svelte";
import { feedOf } from "../src/lib/meeting/feeds";
import type { MeetingSnapshot } from "../src/lib/wire/MeetingSnapshot";
import { testBackend, type TestBackend } from "./backend";
import { click, find, maybe } from "./page";
import { meeting, preferences } from "./people";

/** A decoder that decodes everything at once, or is always full. */
class FakeVideoDecoder {
  static full = false;
  static isConfigSupported = () => Promise.resolve({ supported: true });
  state = "configured";
  #init: VideoDecoderInit;

  constructor(init: VideoDecoderInit) {
    this.#init = init;
  }
  get decodeQueueSize(): number {
    return FakeVideoDecoder.full ? 6 : 0;
  }
  configure(): void {}
  decode({ timestamp }: { timestamp: number }): void {
    this.#init.output({ timestamp, displayWidth: 2, displayHeight: 2, close: () => undefined } as unknown as VideoFrame);
  }
  close(): void {
    this.state = "closed";
  }
}

const BUSY = "This computer is too busy to show every picture smoothly. Sound does not wait for pictures. Closing other programs helps.";

let mounted: Record<string, unknown> | null = null;
let backend: TestBackend;
let send: ((data: ArrayBuffer) => void) | null;
let seq: number;
let now: MeetingSnapshot;

beforeEach(() => {
  vi.useFakeTimers();
  FakeVideoDecoder.full = false;
  vi.stubGlobal("VideoDecoder", FakeVideoDecoder);
  vi.stubGlobal("EncodedVideoChunk", class {
    constructor(init: object) {
      Object.assign(this, init);
    }
  });
  send = null;
  seq = 0;
});

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
  localStorage.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A meeting with others who send pictures. */
async function open(...others: string[]): Promise<void> {
  backend = testBackend({
    frameSocket: () => Promise.reject(new Error("none")),
    framesOverIpc: (_format, listener) => {
      send = listener;
      return Promise.resolve(() => (send = null));
    },
  });
  const app = new App(backend);
  await app.start();
  mounted = mount(AppWindow, { target: document.body, props: { app } });
  now = meeting(...others);
  backend.emit({ type: "snapshot", snapshot: now });
  flushSync();
  await vi.advanceTimersByTimeAsync(2000);
  expect(send, "frames come").not.toBeNull();
}

/** Ten pictures of everyone per second. */
async function pass(seconds: number): Promise<void> {
  for (let tenth = 0; tenth < 10 * seconds; tenth += 1) {
    seq += 1;
    for (const participant of now.participants) {
      const feed = feedOf(participant, "camera").number;
      const payload = new Uint8Array(4);
      send?.(writeFrame({ format: "vp8", keyframe: true, feed, seq, timestamp: seq * 1000, width: 2, height: 2, payload }));
    }
    await vi.advanceTimersByTimeAsync(100);
  }
  flushSync();
}

async function overwhelm(seconds: number): Promise<void> {
  FakeVideoDecoder.full = true;
  await pass(seconds);
  FakeVideoDecoder.full = false;
}

const words = (): string | undefined => maybe("sparing")?.querySelector("p")?.textContent;
const said = (sentence: string): number =>
  [...find("announcement").children].filter((one) => one.textContent === sentence).length;
const spared = (): (string | undefined)[] =>
  [...document.querySelectorAll<HTMLElement>("[data-testid=tile]")]
    .filter((tile) => tile.querySelector("[data-testid=tile-spared]"))
    .map((tile) => tile.dataset["participant"]);
const credited = (feed: number): number => vi.mocked(backend.frameCredit).mock.calls.filter(([of]) => of === feed).length;

describe("a computer that cannot keep up", () => {
  it("is not spoken of for one hiccup", async () => {
    await open("1", "2");
    await pass(3);
    await overwhelm(0.5);
    await pass(30);
    expect(maybe("sparing")).toBeNull();
    expect(said(BUSY)).toBe(0);
  });

  it("is told about once, calmly, and no longer than it lasts", async () => {
    await open("1", "2");
    await overwhelm(12);
    expect(words()).toBe(BUSY);
    expect(find("sparing").closest("[role=alert]"), "no alarm").toBeNull();
    expect(find("sparing").querySelector("p")?.title, "where only its beginning has room").toBe(BUSY);
    await pass(40);
    expect(maybe("sparing")).toBeNull();
    await overwhelm(12);
    expect(words()).toBe(BUSY);
    expect(said(BUSY)).toBe(1);
  });

  it("is not judged by what a window out of sight shows", async () => {
    await open("1", "2");
    await overwhelm(12);
    const hide = (hidden: boolean): void => {
      vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
      document.dispatchEvent(new Event("visibilitychange"));
      flushSync();
    };
    hide(true);
    expect(maybe("sparing")).toBeNull();
    await overwhelm(30);
    await vi.advanceTimersByTimeAsync(3_600_000);
    flushSync();
    expect(maybe("sparing")).toBeNull();
    hide(false);
    await pass(20);
    expect(maybe("sparing")).toBeNull();
  });

  it("offers nothing where there is only one picture to show", async () => {
    await open("1");
    await overwhelm(12);
    expect(words()).toBe(BUSY);
    expect(maybe("sparing-switch")).toBeNull();
  });

  it("is not spoken of again in this meeting once the sentence was put away", async () => {
    await open("1", "2");
    await overwhelm(12);
    find("sparing-dismiss").focus();
    click("sparing-dismiss");
    expect(maybe("sparing")).toBeNull();
    expect(document.activeElement?.tagName, "the focus stays in the meeting").toBe("MAIN");
    await pass(40);
    await overwhelm(12);
    expect(maybe("sparing")).toBeNull();
  });
});

describe("fewer pictures", () => {
  it("are those of the person who speaks; the others show a sign, and nothing of them is decoded or credited", async () => {
    await open("1", "2", "3");
    await overwhelm(12);
    click("sparing-switch");
    backend.emit({ type: "levels", me: 0, levels: [], activeSpeaker: "2" });
    flushSync();
    expect(spared()).toEqual(["1", "3"]);
    expect(document.querySelector("[data-participant='1']")?.getAttribute("aria-label")).toContain("picture paused on this computer");
    expect(document.querySelector("[data-participant='2']")?.getAttribute("aria-label")).not.toContain("paused");
    expect(said("This computer has too much to do. Only the person who speaks is shown.")).toBe(1);
    const [first, second] = now.participants.map((participant) => feedOf(participant, "camera").number);
    const before = [credited(first!), credited(second!)];
    await pass(5);
    expect(credited(first!)).toBe(before[0]);
    expect(credited(second!)).toBeGreaterThan(before[1]!);

    backend.emit({ type: "pinned", id: "3" });
    flushSync();
    expect(spared()).toEqual(["1", "2"]);
    expect(words()).toContain("only Person 3 is shown.");
  });

  it("are those of the large person, also when they are silent", async () => {
    await open("1", "2", "3");
    backend.emit({ type: "preferences", preferences: preferences({ layout: "speaker" }) });
    backend.emit({ type: "levels", me: 0, levels: [], activeSpeaker: "2" });
    flushSync();
    click("control-layout");
    click("layout-fewer");
    backend.emit({ type: "levels", me: 0, levels: [], activeSpeaker: null });
    flushSync();
    expect(spared()).toEqual(["1", "3"]);
  });

  it("are all pictures again by the same button, with credit for what was held back", async () => {
    await open("1", "2");
    await overwhelm(12);
    find("sparing-switch").focus();
    click("sparing-switch");
    expect(find("sparing-switch").textContent).toContain("Show all pictures");
    expect(document.activeElement).toBe(find("sparing-switch"));
    await pass(20);
    const spare = feedOf(now.participants[1]!, "camera").number;
    const before = credited(spare);
    vi.mocked(backend.requestKeyframe).mockClear();
    click("sparing-switch");
    expect(spared()).toEqual([]);
    expect(credited(spare)).toBeGreaterThan(before);
    expect(backend.requestKeyframe).toHaveBeenCalledWith(spare);
    expect(maybe("sparing"), "nothing is left to say").toBeNull();
    expect(document.activeElement?.tagName).toBe("MAIN");
  });

  it("say so where even they are too many", async () => {
    await open("1", "2");
    await overwhelm(12);
    click("sparing-switch");
    await overwhelm(12);
    expect(words()).toContain("It is still too busy");
    await pass(40);
    expect(words()).toBe("This computer has too much to do. Only the person who speaks is shown.");
  });

  it("can be chosen and undone in the menu of layouts, and end with the meeting", async () => {
    await open("1", "2");
    const toggle = (): void => {
      click("control-layout");
      click("layout-fewer");
      click("control-layout");
    };
    toggle();
    expect(spared()).toEqual(["2"]);
    click("sparing-dismiss");
    expect(spared(), "the choice stays").toEqual(["2"]);
    toggle();
    expect(spared()).toEqual([]);
    toggle();
    backend.emit({ type: "ended", code: null });
    flushSync();
    backend.emit({ type: "snapshot", snapshot: { ...now, startedAtMs: now.startedAtMs + 1 } });
    flushSync();
    expect(spared()).toEqual([]);
  });

  it("stay so when the page is loaded again", async () => {
    await open("1", "2");
    click("control-layout");
    click("layout-fewer");
    expect(spared()).toEqual(["2"]);
    await unmount(mounted!);
    await open("1", "2");
    expect(spared()).toEqual(["2"]);
    click("sparing-switch");
    await unmount(mounted!);
    await open("1", "2");
    expect(spared()).toEqual([]);
  });

  it("leave those without a camera as they are", async () => {
    await open("1", "2");
    const [, two] = now.participants;
    backend.emit({ type: "participant", participant: { ...two!, media: { ...two!.media, camera: false } } });
    click("control-layout");
    click("layout-fewer");
    flushSync();
    expect(spared()).toEqual([]);
  });
});

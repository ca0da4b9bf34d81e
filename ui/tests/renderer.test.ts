// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { FrameSource } from "../src/lib/backend/backend";
import { writeFrame } from "../src/lib/frames/header";
import { FrameRenderer } from "../src/lib/frames/renderer";

const SIZE = { width: 4, height: 2 };

let renderer: FrameRenderer | null = null;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("VideoFrame", undefined);
  vi.stubGlobal("ImageData", class {
    data = new Uint8ClampedArray(SIZE.width * SIZE.height * 4);
    constructor(
      public width: number,
      public height: number,
    ) {}
  });
});

afterEach(() => {
  renderer?.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A source without a socket, with frames that come when the test says so. */
function source() {
  let listener: (data: ArrayBuffer) => void = () => undefined;
  const from = {
    frameSocket: () => Promise.reject(new Error("none")),
    framesOverIpc: (_format: string, heard: typeof listener) => {
      listener = heard;
      return Promise.resolve(() => undefined);
    },
    frameCredit: (feed: number, acknowledged: number) => Promise.resolve(void credits.push([feed, acknowledged])),
    frameFormat: () => Promise.resolve(),
    requestKeyframe: (feed: number) => Promise.resolve(void keyframes.push(feed)),
  };
  const credits: [feed: number, seq: number][] = [];
  const keyframes: number[] = [];
  let seq = 0;
  const frame = (feed: number): void => {
    seq += 1;
    const payload = new Uint8Array((SIZE.width * SIZE.height * 3) / 2);
    listener(writeFrame({ format: "i420", keyframe: true, feed, seq, timestamp: seq, ...SIZE, payload }));
  };
  /** A frame with a picture that the app could not decode: only the flag. */
  const undecodable = (feed: number): void => {
    seq += 1;
    const data = writeFrame({ format: "i420", keyframe: true, feed, seq, timestamp: seq, ...SIZE, payload: new Uint8Array(0) });
    new Uint8Array(data)[2] = 0b10;
    listener(data);
  };
  /** A frame that only names its feed. */
  const empty = (feed: number): void => {
    seq += 1;
    listener(writeFrame({ format: "vp8", keyframe: false, feed, seq, timestamp: seq, ...SIZE, payload: new Uint8Array(0) }));
  };
  return { from: from as unknown as FrameSource, frame, empty, undecodable, credits, keyframes };
}

/** A canvas that counts what is drawn, and cannot draw while it is broken. */
function canvas() {
  const made = { drawn: 0, broken: false };
  const putImageData = (): void => {
    if (made.broken) throw new Error("broken");
    made.drawn += 1;
  };
  return Object.assign(made, { element: { ...SIZE, getContext: () => ({ putImageData }) } as unknown as HTMLCanvasElement });
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

it("goes on drawing after a picture that could not be drawn", async () => {
  const { from, frame } = source();
  renderer = new FrameRenderer(from, "i420");
  await vi.advanceTimersByTimeAsync(2000);
  const canvases = [canvas(), canvas()];
  const events = { first: () => undefined, drawn: () => undefined };
  canvases.forEach(({ element }, feed) => renderer!.place(feed, element, events).resize({ width: 40, height: 20 }));

  canvases[0]!.broken = true;
  frame(0);
  frame(1);
  vi.advanceTimersByTime(20);
  canvases[0]!.broken = false;
  for (let times = 0; times < 3; times += 1) {
    frame(0);
    frame(1);
    vi.advanceTimersByTime(100);
  }
  expect(canvases.map(({ drawn }) => drawn)).toEqual([3, 4]);
});

/** A renderer with an open stream, and a feed 1 in it that says whether its pictures can be shown. */
async function opened() {
  const streams = source();
  renderer = new FrameRenderer(streams.from, "i420");
  await vi.advanceTimersByTimeAsync(2000);
  const shown = canvas();
  const said: boolean[] = [];
  const events = { first: () => undefined, drawn: () => undefined, unshowable: (on: boolean) => said.push(on) };
  const place = renderer.place(1, shown.element, events);
  place.resize({ width: 40, height: 20 });
  // After the keyframe request of the start.
  await vi.advanceTimersByTimeAsync(1000);
  streams.credits.length = 0;
  streams.keyframes.length = 0;
  return { ...streams, renderer, shown, said, place };
}

it("gives back the credit of every frame that cannot be shown, and asks for a keyframe", async () => {
  const { empty, credits, keyframes } = await opened();
  for (let times = 1; times <= 20; times += 1) empty(1);
  expect(credits).toEqual(Array.from({ length: 20 }, (_, index) => [1, index + 1]));
  expect(keyframes, "not one for each").toEqual([1]);
});

it("leaves keyframes to the app where the app decodes", async () => {
  const { undecodable, credits, keyframes } = await opened();
  for (let times = 1; times <= 20; times += 1) undecodable(1);
  expect(credits).toHaveLength(20);
  expect(keyframes).toEqual([]);
});

it("says so on the feed after three that cannot be shown, until a picture is drawn", async () => {
  const { frame, undecodable, said, shown } = await opened();
  undecodable(1);
  undecodable(1);
  expect(said, "one that was damaged is soon followed by a good one").toEqual([]);
  undecodable(1);
  undecodable(1);
  expect(said).toEqual([true]);
  frame(1);
  vi.advanceTimersByTime(20);
  expect(shown.drawn).toBe(1);
  expect(said).toEqual([true, false]);
});

it("says so too where the page itself has no memory to draw them", async () => {
  const { frame, credits, said, shown } = await opened();
  shown.broken = true;
  for (let times = 0; times < 3; times += 1) {
    frame(1);
    vi.advanceTimersByTime(100);
  }
  expect(said).toEqual([true]);
  expect(credits.at(-1)).toEqual([1, 3]);
});

it("shows a newcomer although more people have come and gone than it remembers", async () => {
  const { renderer: with64, frame, credits } = await opened();
  for (let feed = 2; feed < 100; feed += 1) frame(feed);
  const late = canvas();
  with64.place(100, late.element, { first: () => undefined, drawn: () => undefined }).resize({ width: 40, height: 20 });
  frame(100);
  vi.advanceTimersByTime(20);
  expect(late.drawn).toBe(1);
  expect(credits.find(([feed]) => feed === 2), "what is forgotten gives its credit back").toEqual([2, 1]);
});

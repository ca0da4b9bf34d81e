// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { FrameSource } from "../src/lib/backend/backend";
import { writeFrame } from "../src/lib/frames/header";
import { Theater } from "../src/lib/frames/theater";

const SIZE = { width: 4, height: 2 };

let theater: Theater | null = null;

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
  theater?.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A source without a socket, whose frames come when the test says so. */
function source() {
  let listener: (data: ArrayBuffer) => void = () => undefined;
  const from = {
    frameSocket: () => Promise.reject(new Error("none")),
    framesOverIpc: (_format: string, heard: typeof listener) => {
      listener = heard;
      return Promise.resolve(() => undefined);
    },
    frameCredit: () => Promise.resolve(),
    frameFormat: () => Promise.resolve(),
    requestKeyframe: () => Promise.resolve(),
  };
  let seq = 0;
  const frame = (tile: number): void => {
    seq += 1;
    const payload = new Uint8Array((SIZE.width * SIZE.height * 3) / 2);
    listener(writeFrame({ format: "i420", keyframe: true, tile, seq, timestamp: seq, ...SIZE, payload }));
  };
  return { from: from as unknown as FrameSource, frame };
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

it("goes on drawing after a picture that could not be drawn", async () => {
  const { from, frame } = source();
  theater = new Theater(from, "i420");
  await vi.advanceTimersByTimeAsync(2000);
  const canvases = [canvas(), canvas()];
  const events = { first: () => undefined, drawn: () => undefined };
  canvases.forEach(({ element }, tile) => theater!.place(tile, element, events).resize({ width: 40, height: 20 }));

  canvases[0]!.broken = true;
  frame(0);
  frame(1);
  expect(() => vi.advanceTimersByTime(20)).toThrow("broken");
  canvases[0]!.broken = false;
  for (let times = 0; times < 3; times += 1) {
    frame(0);
    frame(1);
    vi.advanceTimersByTime(100);
  }
  expect(canvases.map(({ drawn }) => drawn)).toEqual([3, 3]);
});

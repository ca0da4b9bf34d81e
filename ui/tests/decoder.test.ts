import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { TileDecoder } from "../src/lib/frames/decoder";
import type { Frame } from "../src/lib/frames/header";
import type { Picture } from "../src/lib/frames/surface";
import type { FrameRequest } from "../src/lib/wire/FrameRequest";

/** A decoder that does as it is told. */
class FakeVideoDecoder {
  static all: FakeVideoDecoder[] = [];
  state = "unconfigured";
  decodeQueueSize = 0;
  decoded: { type: string; timestamp: number }[] = [];
  #init: VideoDecoderInit;

  constructor(init: VideoDecoderInit) {
    this.#init = init;
    FakeVideoDecoder.all.push(this);
  }
  configure(): void {
    this.state = "configured";
  }
  decode(chunk: { type: string; timestamp: number }): void {
    this.decoded.push(chunk);
  }
  close(): void {
    this.state = "closed";
  }
  output(timestamp: number): { closed: boolean } {
    const frame = { timestamp, closed: false, close: () => undefined as void };
    frame.close = () => {
      frame.closed = true;
    };
    this.#init.output(frame as unknown as VideoFrame);
    return frame;
  }
  fail(name: string): void {
    this.state = "closed";
    this.#init.error(Object.assign(new Error(name), { name }) as unknown as DOMException);
  }
}

const frame = (seq: number, keyframe: boolean, format: Frame["format"] = "vp8"): Frame => ({
  format,
  keyframe,
  tile: 7,
  seq,
  timestamp: seq * 1000,
  width: 2,
  height: 2,
  payload: new Uint8Array(6),
});

let requests: FrameRequest[];
let pictures: Picture[];
let time: number;

function decoder(vp8 = true): TileDecoder {
  const events = { request: (r: FrameRequest) => requests.push(r), picture: (p: Picture) => pictures.push(p) };
  return new TileDecoder(7, events, vp8, () => time);
}

const credits = (): number[] => requests.flatMap((r) => (r.type === "credit" ? [r.seq] : []));
const count = (type: FrameRequest["type"]): number => requests.filter((r) => r.type === type).length;
const latest = (): FakeVideoDecoder => FakeVideoDecoder.all.at(-1)!;

beforeEach(() => {
  requests = [];
  pictures = [];
  time = 0;
  FakeVideoDecoder.all = [];
  vi.useFakeTimers();
  vi.stubGlobal("VideoDecoder", FakeVideoDecoder);
  vi.stubGlobal("EncodedVideoChunk", class {
    constructor(init: object) {
      Object.assign(this, init);
    }
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("decoding VP8", () => {
  it("starts at a keyframe, asking for one, and gives back the credit of what it skipped", () => {
    const tile = decoder();
    tile.push(frame(1, false));
    tile.push(frame(2, false));
    expect(FakeVideoDecoder.all).toHaveLength(0);
    expect(credits()).toEqual([1, 2]);
    expect(count("keyframe")).toBe(1);
    tile.push(frame(3, true));
    expect(latest().decoded.map(({ type }) => type)).toEqual(["key"]);
  });

  it("credits a frame when its picture comes out, and the ones before it", () => {
    const tile = decoder();
    for (const seq of [1, 2, 3]) tile.push(frame(seq, seq === 1));
    expect(credits()).toEqual([]);
    latest().output(2000);
    expect(credits()).toEqual([1, 2]);
    expect(pictures).toHaveLength(1);
  });

  it("skips to the next keyframe when the decoder falls behind", () => {
    const tile = decoder();
    tile.push(frame(1, true));
    latest().decodeQueueSize = 6;
    tile.push(frame(2, false));
    latest().decodeQueueSize = 0;
    tile.push(frame(3, false));
    expect(latest().decoded).toHaveLength(1);
    expect(credits()).toEqual([2, 3]);
    tile.push(frame(4, true));
    expect(latest().decoded).toHaveLength(2);
  });

  it("asks for keyframes again, but not all the time", () => {
    const tile = decoder();
    for (let seq = 1; seq < 10; seq += 1) {
      time += 100;
      tile.push(frame(seq, false));
    }
    expect(count("keyframe")).toBe(2);
  });

  it("throws away what comes out after a reset", () => {
    const tile = decoder();
    tile.push(frame(1, true));
    const old = latest();
    tile.reset();
    expect(old.output(1000).closed).toBe(true);
    expect(pictures).toHaveLength(0);
    expect(credits()).toEqual([1]);
  });

  it("starts anew after a damaged frame and gives up on VP8 after the third", () => {
    const tile = decoder();
    for (let seq = 1; seq <= 3; seq += 1) {
      expect(count("format")).toBe(0);
      tile.push(frame(seq, true));
      latest().fail("EncodingError");
    }
    expect(requests.filter((r) => r.type === "format")).toEqual([{ type: "format", tile: 7, format: "i420" }]);
    expect(credits()).toEqual([1, 2, 3]);
  });

  it("gives up at once when the codec is not there", () => {
    const tile = decoder();
    tile.push(frame(1, true));
    latest().fail("NotSupportedError");
    expect(count("format")).toBe(1);
  });

  it("gives up on a decoder that swallows frames", () => {
    const tile = decoder();
    tile.push(frame(1, true));
    vi.advanceTimersByTime(2000);
    expect(count("format")).toBe(1);
    expect(credits()).toEqual([1]);
  });

  it("does not give up while pictures come out, nor after they stopped coming in", () => {
    const tile = decoder();
    for (let seq = 1; seq <= 4; seq += 1) {
      tile.push(frame(seq, seq === 1));
      vi.advanceTimersByTime(1500);
      latest().output(seq * 1000);
    }
    vi.advanceTimersByTime(60_000);
    expect(count("format")).toBe(0);
  });
});

describe("without VP8", () => {
  it("asks for planes instead of decoding", () => {
    const tile = decoder(false);
    tile.push(frame(1, true));
    expect(FakeVideoDecoder.all).toHaveLength(0);
    expect(credits()).toEqual([1]);
    expect(count("format")).toBe(1);
  });

  it("shows planes without VideoFrame and credits them once, when they were drawn", () => {
    vi.stubGlobal("VideoFrame", undefined);
    const tile = decoder(false);
    tile.push(frame(4, true, "i420"));
    expect(pictures[0]?.kind).toBe("planes");
    expect(credits()).toEqual([]);
    pictures[0]?.release();
    pictures[0]?.release();
    expect(credits()).toEqual([4]);
  });

  it("falls back to planes where VideoFrame refuses I420", () => {
    vi.stubGlobal("VideoFrame", class {
      constructor() {
        throw new TypeError("I420");
      }
    });
    decoder(false).push(frame(4, true, "i420"));
    expect(pictures[0]?.kind).toBe("planes");
  });
});

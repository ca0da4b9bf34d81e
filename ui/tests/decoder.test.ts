import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { TileDecoder } from "../src/lib/frames/decoder";
import type { Frame } from "../src/lib/frames/header";
import type { Picture } from "../src/lib/frames/surface";
import type { FrameRequest } from "../src/lib/wire/FrameRequest";

/** A decoder that does what the test tells it. */
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
  feed: 0,
  seq,
  timestamp: seq * 1000,
  width: 2,
  height: 2,
  payload: new Uint8Array(6),
});

let requests: FrameRequest[];
let pictures: Picture[];
/** How long the feed said that it rests, each time it fell behind. */
let rests: number[];
let time: number;

/** Feed 0 rests exactly as long as the pace says; others a little longer. */
function decoder(vp8 = true): TileDecoder {
  const events = {
    request: (r: FrameRequest) => requests.push(r),
    picture: (p: Picture) => pictures.push(p),
    fellBehind: (pauseMs: number) => rests.push(pauseMs),
  };
  return new TileDecoder(0, events, vp8, () => time);
}

/** Time passes while the page runs. */
function pass(ms: number): void {
  for (let step = 0; step < ms; step += 10) {
    time += 10;
    vi.advanceTimersByTime(10);
  }
}

/** Time passes while the page stands still: what was due comes late, and all at once. */
function freeze(ms: number): void {
  time += ms;
  vi.advanceTimersByTime(500);
}

const credits = (): number[] => requests.flatMap((r) => (r.type === "credit" ? [r.seq] : []));
const count = (type: FrameRequest["type"]): number => requests.filter((r) => r.type === type).length;
const latest = (): FakeVideoDecoder => FakeVideoDecoder.all.at(-1)!;

beforeEach(() => {
  requests = [];
  pictures = [];
  rests = [];
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
    const feed = decoder();
    feed.push(frame(1, false));
    feed.push(frame(2, false));
    expect(FakeVideoDecoder.all).toHaveLength(0);
    expect(credits()).toEqual([1, 2]);
    expect(count("keyframe")).toBe(1);
    feed.push(frame(3, true));
    expect(latest().decoded.map(({ type }) => type)).toEqual(["key"]);
  });

  it("credits a frame when its picture comes out, and the ones before it", () => {
    const feed = decoder();
    for (const seq of [1, 2, 3]) feed.push(frame(seq, seq === 1));
    expect(credits()).toEqual([]);
    latest().output(2000);
    expect(credits()).toEqual([1, 2]);
    expect(pictures).toHaveLength(1);
  });

  it("asks for keyframes again, but not all the time", () => {
    const feed = decoder();
    for (let seq = 1; seq < 10; seq += 1) {
      time += 100;
      feed.push(frame(seq, false));
    }
    expect(count("keyframe")).toBe(2);
  });

  it("throws away what comes out after a reset", () => {
    const feed = decoder();
    feed.push(frame(1, true));
    const old = latest();
    feed.reset();
    expect(old.output(1000).closed).toBe(true);
    expect(pictures).toHaveLength(0);
    expect(credits()).toEqual([1]);
  });

  it("starts anew after a damaged frame and gives up on VP8 after the third", () => {
    const feed = decoder();
    for (let seq = 1; seq <= 3; seq += 1) {
      expect(count("format")).toBe(0);
      feed.push(frame(seq, true));
      latest().fail("EncodingError");
    }
    expect(requests.filter((r) => r.type === "format")).toEqual([{ type: "format", feed: 0, format: "i420" }]);
    expect(credits()).toEqual([1, 2, 3]);
  });

  it("gives back the credit of a frame for which no decoder could be opened", () => {
    vi.stubGlobal("VideoDecoder", class {
      constructor() {
        throw new Error("no decoder left");
      }
    });
    const feed = decoder();
    feed.push(frame(1, true));
    expect(credits()).toEqual([1]);
    expect(count("keyframe")).toBe(1);
  });

  it("gives back the credit of a frame that is refused, and starts again at a keyframe", () => {
    const feed = decoder();
    feed.push(frame(1, true));
    latest().output(1000);
    feed.refuse(2, "empty");
    expect(credits()).toEqual([1, 2]);
    expect(count("keyframe")).toBe(1);
    feed.push(frame(3, false));
    expect(latest().decoded, "it builds on the refused one").toHaveLength(1);
    feed.push(frame(4, true));
    expect(latest().decoded).toHaveLength(2);
  });

  it("gives up at once when the codec is not there", () => {
    const feed = decoder();
    feed.push(frame(1, true));
    latest().fail("NotSupportedError");
    expect(count("format")).toBe(1);
  });

  it("forgives damaged frames after it has gone well for a while", () => {
    const feed = decoder();
    for (let seq = 1; seq <= 8; seq += 2) {
      feed.push(frame(seq, true));
      latest().output(seq * 1000);
      pass(5000);
      feed.push(frame(seq + 1, false));
      latest().output((seq + 1) * 1000);
      latest().fail("EncodingError");
    }
    expect(count("format")).toBe(0);
  });
});

describe("a decoder that swallows frames", () => {
  it("is given up where it never showed a picture", () => {
    const feed = decoder();
    feed.push(frame(1, true));
    pass(2000);
    expect(count("format")).toBe(1);
    expect(credits()).toEqual([1]);
  });

  it("is not given up while pictures come out, nor after they stopped coming in", () => {
    const feed = decoder();
    for (let seq = 1; seq <= 4; seq += 1) {
      feed.push(frame(seq, seq === 1));
      pass(1500);
      latest().output(seq * 1000);
    }
    pass(60_000);
    expect(count("format")).toBe(0);
  });

  it("is not to blame while the page itself stood still", () => {
    const feed = decoder();
    feed.push(frame(1, true));
    for (let round = 0; round < 10; round += 1) freeze(3000);
    expect(count("format")).toBe(0);
    expect(rests).toEqual([]);
    pass(2000);
    expect(count("format"), "with the page running again").toBe(1);
  });

  it("that has worked gets a new start after a rest, and is given up after the third time", () => {
    const feed = decoder();
    feed.push(frame(1, true));
    latest().output(1000);
    const first = latest();
    feed.push(frame(2, false));
    pass(2500);
    expect(first.state).toBe("closed");
    expect(rests).toEqual([500]);
    for (const [seq, pause] of [[3, 1000], [4, 2000]] as const) {
      pass(10_000);
      expect(count("format")).toBe(0);
      feed.push(frame(seq, true));
      pass(2500);
      if (seq === 3) expect(rests.at(-1)).toBe(pause);
    }
    expect(count("format")).toBe(1);
  });
});

describe("a decoder that falls behind", () => {
  let feed: TileDecoder;
  let seq: number;

  /** Starts at a keyframe, then has too much to do. */
  function overwhelm(): void {
    feed.push(frame((seq += 1), true));
    latest().decodeQueueSize = 6;
    feed.push(frame((seq += 1), false));
    latest().decodeQueueSize = 0;
  }

  /** The frames inside come out. */
  function drain(): void {
    latest().output((seq - 1) * 1000);
  }

  beforeEach(() => {
    feed = decoder();
    seq = 0;
    overwhelm();
  });

  it("rests: no frame goes in, and nothing is asked for or credited that would bring more", () => {
    feed.push(frame(3, false));
    feed.push(frame(4, true));
    drain();
    pass(490);
    expect(latest().decoded).toHaveLength(1);
    expect(pictures, "what was inside is shown").toHaveLength(1);
    expect(requests).toEqual([]);
  });

  it("asks for a keyframe after the rest, then gives back the credits, and goes on with it", () => {
    feed.push(frame(3, false));
    drain();
    pass(500);
    expect(requests.map(({ type }) => type)).toEqual(["keyframe", "credit"]);
    expect(credits(), "the newest, which covers the others").toEqual([3]);
    feed.push(frame(4, false));
    expect(latest().decoded, "not before the keyframe").toHaveLength(1);
    feed.push(frame(5, true));
    expect(latest().decoded).toHaveLength(2);
  });

  it("rests longer each time, up to a bound", () => {
    for (let times = 0; times < 6; times += 1) {
      drain();
      pass(rests.at(-1)!);
      overwhelm();
    }
    expect(rests).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(count("keyframe")).toBe(6);
  });

  it("rests for a moment only after it has kept up for some seconds", () => {
    drain();
    pass(500);
    overwhelm();
    drain();
    pass(1000);
    feed.push(frame((seq += 1), true));
    latest().output(seq * 1000);
    pass(5000);
    overwhelm();
    expect(rests).toEqual([500, 1000, 500]);
  });

  it("asks at once when the stream was opened again or a frame was damaged", () => {
    feed.restart();
    expect(count("keyframe")).toBe(1);
    expect(credits(), "nothing is withheld any more").toEqual([2, 1]);
    overwhelm();
    latest().fail("EncodingError");
    expect(count("keyframe")).toBe(2);
    feed.push(frame((seq += 1), true));
    expect(latest().state, "and starts at once").toBe("configured");
    expect(latest().decoded).toHaveLength(1);
  });

  it("asks for nothing more once it is closed", () => {
    feed.close();
    pass(20_000);
    expect(requests).toEqual([]);
  });
});

describe("without VP8", () => {
  it("asks for planes instead of decoding", () => {
    const feed = decoder(false);
    feed.push(frame(1, true));
    expect(FakeVideoDecoder.all).toHaveLength(0);
    expect(credits()).toEqual([1]);
    expect(count("format")).toBe(1);
  });

  it("shows planes without VideoFrame and credits them once, when they were drawn", () => {
    vi.stubGlobal("VideoFrame", undefined);
    const feed = decoder(false);
    feed.push(frame(4, true, "i420"));
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

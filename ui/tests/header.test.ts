import { describe, expect, it } from "vitest";

import { HEADER_BYTES, i420Bytes, parseFrame, writeFrame, type Frame } from "../src/lib/frames/header";

const vp8: Frame = {
  format: "vp8",
  keyframe: true,
  feed: 0x01020304,
  seq: 0xfffffffe,
  timestamp: 2 ** 40 + 17,
  width: 1280,
  height: 720,
  payload: Uint8Array.of(9, 8, 7),
};

describe("a frame message", () => {
  it("is read as the contract lays it out", () => {
    const bytes = Uint8Array.of(
      1, 0, 1, 0,
      0x04, 0x03, 0x02, 0x01,
      0xfe, 0xff, 0xff, 0xff,
      0x11, 0, 0, 0, 0, 0x01, 0, 0,
      0x00, 0x05, 0xd0, 0x02,
      9, 8, 7,
    );
    expect(parseFrame(bytes.buffer)).toEqual({ ok: true, frame: vp8 });
  });

  it("survives being written and read", () => {
    for (const frame of [vp8, { ...vp8, keyframe: false, width: 0, height: 0 }]) {
      expect(parseFrame(writeFrame(frame))).toEqual({ ok: true, frame });
    }
  });

  it("accepts I420 only with exactly the bytes its size needs, chroma rounded up", () => {
    expect(i420Bytes(5, 3)).toBe(5 * 3 + 2 * 3 * 2);
    const odd = { ...vp8, format: "i420" as const, width: 5, height: 3 };
    expect(parseFrame(writeFrame({ ...odd, payload: new Uint8Array(27) })).ok).toBe(true);
    expect(parseFrame(writeFrame({ ...odd, payload: new Uint8Array(26) }))).toMatchObject({ ok: false, fault: "bad_size" });
    expect(parseFrame(writeFrame({ ...odd, width: 0, payload: new Uint8Array(1) }))).toMatchObject({ ok: false, fault: "bad_size" });
  });

  it("is refused when it is none", () => {
    const changed = (at: number, value: number): ArrayBuffer => {
      const data = writeFrame(vp8);
      new Uint8Array(data)[at] = value;
      return data;
    };
    expect(parseFrame(new ArrayBuffer(0))).toEqual({ ok: false, fault: "too_short", of: null });
    expect(parseFrame(new ArrayBuffer(HEADER_BYTES - 1))).toEqual({ ok: false, fault: "too_short", of: null });
    expect(parseFrame(changed(0, 2))).toEqual({ ok: false, fault: "unknown_version", of: null });
  });

  it("names the feed of a frame that cannot be shown, so that its credit is given back", () => {
    const of = { feed: vp8.feed, seq: vp8.seq };
    const changed = (at: number, value: number): ArrayBuffer => {
      const data = writeFrame(vp8);
      new Uint8Array(data)[at] = value;
      return data;
    };
    expect(parseFrame(changed(1, 2))).toEqual({ ok: false, fault: "unknown_format", of });
    expect(parseFrame(changed(2, 2))).toEqual({ ok: false, fault: "undecodable", of });
    expect(parseFrame(writeFrame({ ...vp8, payload: new Uint8Array(0) }))).toEqual({ ok: false, fault: "empty", of });
    expect(parseFrame(writeFrame({ ...vp8, format: "i420" }))).toEqual({ ok: false, fault: "bad_size", of });
  });

  it("is taken however large the picture is: the decoder knows its size", () => {
    for (const [width, height] of [[5120, 2880], [4097, 16], [16_383, 16_383]] as const) {
      expect(parseFrame(writeFrame({ ...vp8, width, height })).ok).toBe(true);
    }
    const wide = { ...vp8, format: "i420" as const, width: 5120, height: 2 };
    expect(parseFrame(writeFrame({ ...wide, payload: new Uint8Array(i420Bytes(5120, 2)) })).ok).toBe(true);
  });
});

/**
 * The binary message that carries one frame: a 24-byte little-endian header, then the payload.
 *
 * | at | size | field                                     |
 * |----|------|-------------------------------------------|
 * | 0  | 1    | version, 1                                |
 * | 1  | 1    | format: 0 VP8, 1 I420                     |
 * | 2  | 1    | flags: bit 0 keyframe, bit 1 undecodable  |
 * | 3  | 1    | 0                                         |
 * | 4  | 4    | feed                                      |
 * | 8  | 4    | sequence number within the feed           |
 * | 12 | 8    | timestamp in microseconds                 |
 * | 20 | 2    | width in pixels (VP8: 0 while unknown)    |
 * | 22 | 2    | height in pixels                          |
 *
 * An undecodable frame has no payload: the app decodes for this page, and could not decode this one.
 */
import type { FrameFormat } from "../wire/FrameFormat";

export const HEADER_BYTES = 24;
export const VERSION = 1;

const FORMATS: readonly FrameFormat[] = ["vp8", "i420"];
const KEYFRAME = 0b01;
const UNDECODABLE = 0b10;

export interface Frame {
  format: FrameFormat;
  keyframe: boolean;
  feed: number;
  seq: number;
  /** Microseconds. */
  timestamp: number;
  width: number;
  height: number;
  /** A view into the message; not a copy. */
  payload: Uint8Array<ArrayBuffer>;
}

export type FrameFault = "too_short" | "unknown_version" | "unknown_format" | "bad_size" | "empty" | "undecodable";

/**
 * Feed and number of a frame. A frame that cannot be shown has them too, so that it gets its credit and its feed can
 * say so.
 */
export type FrameOrigin = Pick<Frame, "feed" | "seq">;

/** `of` is missing only if the header cannot be read: such a message is not a frame, and used no credit. */
export type Parsed = { ok: true; frame: Frame } | { ok: false; fault: FrameFault; of: FrameOrigin | null };

/** Bytes of an I420 picture with tightly packed planes. Chroma of an odd size is rounded up. */
export function i420Bytes(width: number, height: number): number {
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}

export function parseFrame(data: ArrayBuffer): Parsed {
  if (data.byteLength < HEADER_BYTES) return { ok: false, fault: "too_short", of: null };
  const view = new DataView(data);
  if (view.getUint8(0) !== VERSION) return { ok: false, fault: "unknown_version", of: null };
  const of = { feed: view.getUint32(4, true), seq: view.getUint32(8, true) };
  const refused = (fault: FrameFault): Parsed => ({ ok: false, fault, of });
  const flags = view.getUint8(2);
  if (flags & UNDECODABLE) return refused("undecodable");
  const format = FORMATS[view.getUint8(1)];
  if (!format) return refused("unknown_format");

  const width = view.getUint16(20, true);
  const height = view.getUint16(22, true);
  const payload = new Uint8Array(data, HEADER_BYTES);
  if (payload.byteLength === 0) return refused("empty");
  // A large size needs no bound here, because its planes have already arrived. The size of a VP8 frame is not used.
  if (format === "i420" && (width === 0 || height === 0 || payload.byteLength !== i420Bytes(width, height))) {
    return refused("bad_size");
  }
  return {
    ok: true,
    frame: {
      format,
      keyframe: (flags & KEYFRAME) !== 0,
      ...of,
      // Exact up to 2^53 microseconds, which is 285 years.
      timestamp: Number(view.getBigUint64(12, true)),
      width,
      height,
      payload,
    },
  };
}

/** The inverse, for the fake backend and for tests. */
export function writeFrame(frame: Omit<Frame, "payload"> & { payload: Uint8Array }): ArrayBuffer {
  const data = new ArrayBuffer(HEADER_BYTES + frame.payload.byteLength);
  const view = new DataView(data);
  view.setUint8(0, VERSION);
  view.setUint8(1, FORMATS.indexOf(frame.format));
  view.setUint8(2, frame.keyframe ? KEYFRAME : 0);
  view.setUint32(4, frame.feed, true);
  view.setUint32(8, frame.seq, true);
  view.setBigUint64(12, BigInt(Math.round(frame.timestamp)), true);
  view.setUint16(20, frame.width, true);
  view.setUint16(22, frame.height, true);
  new Uint8Array(data, HEADER_BYTES).set(frame.payload);
  return data;
}

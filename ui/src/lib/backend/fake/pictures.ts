/** The fake's frame server: draws a scene for each participant, encodes it if the browser can, and respects credits. */
import { i420Bytes, writeFrame } from "../../frames/header";
import { toVideoFrame } from "../../frames/i420";
import { feedOf } from "../../meeting/feeds";
import type { ParticipantView } from "../../wire/ParticipantView";
import type { FrameFormat } from "../../wire/FrameFormat";
import type { Unsubscribe } from "../backend";
import { drawScene, drawScreen } from "./scene";

const WIDTH = 480;
const HEIGHT = 270;
const FRAMES_PER_SECOND = 15;
/** How often a flood sends each frame: more than any computer can show. */
const FLOOD = 12;
const CREDITS: Record<FrameFormat, number> = { vp8: 8, i420: 2 };

interface Show {
  format: FrameFormat;
  outstanding: number;
  seq: number;
  wantsKeyframe: boolean;
  encoder: VideoEncoder | null;
}

export class PictureShow {
  #canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  #context = this.#canvas.getContext("2d", { willReadFrequently: true });
  #wanted: string | null;
  #people: () => ParticipantView[];
  #shows = new Map<number, Show>();
  #listener: ((data: ArrayBuffer) => void) | null = null;

  constructor(wanted: string | null, people: () => ParticipantView[]) {
    this.#wanted = wanted;
    this.#people = people;
  }

  show(listener: (data: ArrayBuffer) => void): Unsubscribe {
    this.#shows.clear();
    this.#listener = listener;
    const timer = setInterval(() => this.#tick(), 1000 / FRAMES_PER_SECOND);
    return () => {
      clearInterval(timer);
      this.#listener = null;
      for (const { encoder } of this.#shows.values()) encoder?.close();
      this.#shows.clear();
    };
  }

  credit(feed: number): void {
    const show = this.#shows.get(feed);
    if (show) show.outstanding = Math.max(0, show.outstanding - 1);
  }

  format(feed: number, format: FrameFormat): void {
    const show = this.#shows.get(feed);
    if (show) Object.assign(show, { format, outstanding: 0 });
  }

  keyframe(feed: number): void {
    const show = this.#shows.get(feed);
    // Frames on their way will not be credited.
    if (show) Object.assign(show, { wantsKeyframe: true, outstanding: 0 });
  }

  #tick(): void {
    if (this.#wanted === "none") return;
    const at = performance.now();
    for (const person of this.#people()) {
      const still = person.state === "reconnecting" || person.state === "failed";
      for (const source of ["camera", "screen"] as const) {
        if (!person.media[source]) continue;
        const feed = feedOf(person, source).number;
        const show = this.#showOf(feed);
        // A person with a broken connection was visible before: one picture, then none.
        if (still && show.seq > 0) continue;
        if (show.outstanding >= CREDITS[show.format]) {
          show.wantsKeyframe = true;
          continue;
        }
        this.#send(feed, source, show, at);
      }
    }
  }

  #showOf(feed: number): Show {
    const known = this.#shows.get(feed);
    if (known) return known;
    const encoded = this.#wanted !== "i420" && typeof VideoEncoder === "function";
    const show: Show = { format: encoded ? "vp8" : "i420", outstanding: 0, seq: 0, wantsKeyframe: true, encoder: null };
    this.#shows.set(feed, show);
    return show;
  }

  #send(feed: number, source: "camera" | "screen", show: Show, at: number): void {
    const context = this.#context;
    if (!context) return;
    const draw = source === "camera" ? drawScene : drawScreen;
    draw(context, { width: WIDTH, height: HEIGHT, seconds: at / 1000, seed: feed });
    const timestamp = Math.round(at * 1000);
    const payload = toI420(context.getImageData(0, 0, WIDTH, HEIGHT));
    if (show.format === "vp8") this.#encode(feed, show, timestamp, payload);
    else this.#deliver(feed, show, "i420", true, timestamp, payload);
  }

  /** From planes and not from the canvas: browsers make different value ranges of a canvas. */
  #encode(feed: number, show: Show, timestamp: number, payload: Uint8Array<ArrayBuffer>): void {
    show.encoder ??= this.#encoder(feed, show);
    const frame = toVideoFrame({ width: WIDTH, height: HEIGHT, payload, timestamp });
    show.encoder.encode(frame, { keyFrame: show.wantsKeyframe });
    show.wantsKeyframe = false;
    frame.close();
  }

  #encoder(feed: number, show: Show): VideoEncoder {
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const payload = new Uint8Array(chunk.byteLength);
        chunk.copyTo(payload);
        this.#deliver(feed, show, "vp8", chunk.type === "key", chunk.timestamp, payload);
      },
      error: () => Object.assign(show, { format: "i420" }),
    });
    encoder.configure({ codec: "vp8", width: WIDTH, height: HEIGHT, bitrate: 600_000, latencyMode: "realtime" });
    return encoder;
  }

  #deliver(feed: number, show: Show, format: FrameFormat, keyframe: boolean, timestamp: number, payload: Uint8Array): void {
    for (let times = this.#wanted === "flood" ? FLOOD : 1; times > 0; times -= 1) {
      show.seq += 1;
      show.outstanding += 1;
      this.#listener?.(
        writeFrame({ format, keyframe, feed, seq: show.seq, timestamp, width: WIDTH, height: HEIGHT, payload }),
      );
    }
  }
}

/** BT.601, limited range; chroma from the upper left of each four pixels. */
export function toI420({ width, height, data }: Pick<ImageData, "width" | "height" | "data">): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(i420Bytes(width, height));
  const chromaWidth = Math.ceil(width / 2);
  const uStart = width * height;
  const vStart = uStart + chromaWidth * Math.ceil(height / 2);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const at = (row * width + column) * 4;
      const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
      out[row * width + column] = 16 + ((66 * r + 129 * g + 25 * b + 128) >> 8);
      if (row % 2 === 0 && column % 2 === 0) {
        const chroma = (row / 2) * chromaWidth + column / 2;
        out[uStart + chroma] = 128 + ((-38 * r - 74 * g + 112 * b + 128) >> 8);
        out[vStart + chroma] = 128 + ((112 * r - 94 * g - 18 * b + 128) >> 8);
      }
    }
  }
  return out;
}

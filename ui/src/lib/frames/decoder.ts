/**
 * Turns the frames of one feed into pictures: VP8 through WebCodecs as long as that works, I420 otherwise.
 *
 * Knows the order of frames and what it asked of the server. Does not know where pictures are drawn.
 */
import type { FrameRequest } from "../wire/FrameRequest";
import { Credits } from "./credits";
import type { Frame, FrameFault } from "./header";
import { toVideoFrame } from "./i420";
import { Pace } from "./pace";
import { LOOK_MS, Stall } from "./stall";
import type { Picture } from "./surface";

export interface DecoderEvents {
  request(request: FrameRequest): void;
  picture(picture: Picture): void;
  /** There was too much to do. The feed decodes nothing for this many milliseconds. */
  fellBehind(pauseMs: number): void;
}

/** With more frames than this inside, the decoder has fallen behind and starts again at a keyframe. */
const MAX_DECODE_QUEUE = 6;
/** A damaged frame is worth a new start. A decoder that fails again and again is not. */
const MAX_DECODE_ERRORS = 2;
/**
 * A stuck decoder that has shown pictures before probably lacks processor time and is not broken, so it gets this many
 * new starts.
 */
const MAX_STALLS = 2;
/** A keyframe takes a round trip to the sender. Asking more often than this only causes more of them. */
const KEYFRAME_EVERY_MS = 500;

interface Pending {
  seq: number;
  timestamp: number;
}

export class TileDecoder {
  #feed: number;
  #events: DecoderEvents;
  #now: () => number;
  #decoder: VideoDecoder | null = null;
  #pending: Pending[] = [];
  #needsKeyframe = true;
  #keyframeAskedAt = -Infinity;
  #formatAskedAt = -Infinity;
  #errors = 0;
  #vp8: boolean;
  #pace: Pace;
  /** Held back while this feed rests, so that the app does not send frames for nothing. */
  #credits: Credits;
  #rest: ReturnType<typeof setTimeout> | null = null;
  #stall = new Stall();
  #look: ReturnType<typeof setTimeout> | null = null;
  /** How often the decoder got stuck since its last picture; null before its first picture. */
  #stalls: number | null = null;

  constructor(feed: number, events: DecoderEvents, vp8: boolean, now: () => number = () => performance.now()) {
    this.#feed = feed;
    this.#events = events;
    this.#vp8 = vp8;
    this.#now = now;
    this.#pace = new Pace(feed);
    this.#credits = new Credits((seq) => events.request({ type: "credit", feed, seq }));
  }

  push(frame: Frame): void {
    if (frame.format === "i420") this.#showPlanes(frame);
    else if (this.#vp8) this.#decode(frame);
    else {
      // Sent before the server heard of the other format, or over a connection that never asked.
      this.#credits.give(frame.seq);
      this.#askForPlanes();
    }
  }

  /** A frame came that cannot be shown. The next frames build on it, so decoding starts again at a keyframe. */
  refuse(seq: number, fault: FrameFault): void {
    this.#credits.give(seq);
    // The app decodes for us, and asks for a keyframe by itself.
    if (fault === "undecodable") return;
    this.#needsKeyframe = true;
    if (!this.#rest) this.#askForKeyframe();
  }

  /** Forgets the frames under way. Decoding goes on at the next keyframe. */
  reset(): void {
    this.#dropDecoder();
    this.#endRest();
    for (const { seq } of this.#pending.splice(0)) this.#credits.give(seq);
    this.#pace.stopped();
    this.#needsKeyframe = true;
    this.#keyframeAskedAt = -Infinity;
  }

  /** After a break in the stream: the server does not know that decoding needs a new start. */
  restart(): void {
    this.reset();
    this.#formatAskedAt = -Infinity;
    this.#askForKeyframe();
  }

  close(): void {
    this.#dropDecoder();
    if (this.#rest) clearTimeout(this.#rest);
    this.#rest = null;
    this.#pending = [];
  }

  #decode(frame: Frame): void {
    if (!this.#rest && (this.#decoder?.decodeQueueSize ?? 0) >= MAX_DECODE_QUEUE) this.#fallBehind();
    if (this.#rest) {
      this.#credits.give(frame.seq);
      return;
    }
    if (!frame.keyframe && this.#needsKeyframe) {
      this.#credits.give(frame.seq);
      this.#askForKeyframe();
      return;
    }
    this.#needsKeyframe = false;
    this.#pace.started(this.#now());
    // This comes first: any failure below gives back the credits of all pending frames.
    this.#pending.push({ seq: frame.seq, timestamp: frame.timestamp });
    try {
      const decoder = (this.#decoder ??= this.#open());
      decoder.decode(
        new EncodedVideoChunk({
          type: frame.keyframe ? "key" : "delta",
          timestamp: frame.timestamp,
          data: frame.payload,
        }),
      );
      this.#watch();
    } catch {
      this.#failed();
    }
  }

  #open(): VideoDecoder {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => {
        // A decoder that was closed meanwhile still delivers output.
        if (decoder === this.#decoder) this.#decoded(frame);
        else frame.close();
      },
      error: (reason) => {
        if (decoder !== this.#decoder) return;
        if (reason.name === "NotSupportedError") this.#giveUpOnVp8();
        else this.#failed();
      },
    });
    decoder.configure({ codec: "vp8", optimizeForLatency: true });
    return decoder;
  }

  #decoded(frame: VideoFrame): void {
    this.#stall.shown();
    this.#stalls = 0;
    if (this.#pace.isCalm(this.#now())) this.#errors = 0;
    // Some decoders round timestamps. Then we assume that frames come out in the order they went in.
    const index = Math.max(0, this.#pending.findIndex(({ timestamp }) => timestamp === frame.timestamp));
    for (const { seq } of this.#pending.splice(0, index + 1)) this.#credits.give(seq);
    this.#events.picture({ kind: "frame", frame, release: () => frame.close() });
  }

  #failed(): void {
    this.#errors += 1;
    if (this.#errors > MAX_DECODE_ERRORS) {
      this.#giveUpOnVp8();
      return;
    }
    this.reset();
    this.#askForKeyframe();
  }

  /** Leaves the rest to the frames inside, or to a new decoder, and waits before it asks for another keyframe. */
  #fallBehind(): void {
    const pause = this.#pace.fellBehind(this.#now());
    this.#needsKeyframe = true;
    this.#rest = setTimeout(() => this.#wake(), pause);
    this.#credits.hold();
    this.#events.fellBehind(pause);
  }

  #wake(): void {
    this.#keyframeAskedAt = -Infinity;
    // Before the credits, because they would make the server ask for one more.
    this.#askForKeyframe();
    this.#endRest();
  }

  #endRest(): void {
    if (this.#rest) clearTimeout(this.#rest);
    this.#rest = null;
    this.#credits.release();
  }

  #watch(): void {
    if (this.#look) return;
    this.#stall.begin(this.#now());
    this.#look = setTimeout(this.#looked, LOOK_MS);
  }

  #looked = (): void => {
    this.#look = null;
    if (this.#pending.length === 0) return;
    if (this.#stall.looked(this.#now())) this.#stalled();
    else this.#look = setTimeout(this.#looked, LOOK_MS);
  };

  #stalled(): void {
    if (this.#stalls === null || this.#stalls >= MAX_STALLS) {
      this.#giveUpOnVp8();
      return;
    }
    this.#stalls += 1;
    this.#dropDecoder();
    if (!this.#rest) this.#fallBehind();
    for (const { seq } of this.#pending.splice(0)) this.#credits.give(seq);
  }

  #giveUpOnVp8(): void {
    this.#vp8 = false;
    this.reset();
    this.#askForPlanes();
  }

  #showPlanes(frame: Frame): void {
    let released = false;
    const credit = (): void => {
      if (!released) this.#credits.give(frame.seq);
      released = true;
    };
    if (typeof VideoFrame === "function") {
      try {
        const picture = toVideoFrame(frame);
        const release = (): void => {
          picture.close();
          credit();
        };
        this.#events.picture({ kind: "frame", frame: picture, release });
        return;
      } catch {
        // Not every webview supports I420 here. The code below then converts the planes.
      }
    }
    this.#events.picture({ kind: "planes", planes: frame, release: credit });
  }

  #dropDecoder(): void {
    if (this.#look) clearTimeout(this.#look);
    this.#look = null;
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder && decoder.state !== "closed") decoder.close();
  }

  #askForKeyframe(): void {
    const now = this.#now();
    if (now - this.#keyframeAskedAt < KEYFRAME_EVERY_MS) return;
    this.#keyframeAskedAt = now;
    this.#events.request({ type: "keyframe", feed: this.#feed });
  }

  #askForPlanes(): void {
    const now = this.#now();
    if (now - this.#formatAskedAt < KEYFRAME_EVERY_MS) return;
    this.#formatAskedAt = now;
    this.#events.request({ type: "format", feed: this.#feed, format: "i420" });
  }
}

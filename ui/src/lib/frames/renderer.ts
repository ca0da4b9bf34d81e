/**
 * Brings frames to feeds: one stream in, a decoder and a canvas per feed, one animation frame for all. In one animation
 * frame it draws only as much as leaves the page time to answer.
 *
 * While a feed is not shown, or the whole page is hidden, its frames are not decoded and get no credit, so the server
 * stops sending them. When the feed is shown again, it asks for a keyframe.
 */
import type { FrameSource } from "../backend/backend";
import type { FrameFormat } from "../wire/FrameFormat";
import { DrawBudget } from "./budget";
import { Credits } from "./credits";
import { TileDecoder } from "./decoder";
import { parseFrame, type Frame, type FrameFault, type FrameOrigin } from "./header";
import { BEAT_MS, Overload } from "./overload";
import type { Size } from "./size";
import { FrameStream } from "./stream";
import { Surface, type SurfaceEvents } from "./surface";

/**
 * How many feeds are remembered: twice the feeds of a full room. A meeting never uses a number again, so numbers of
 * people who left accumulate. Beyond this, the feed that is not shown and was longest without a frame is forgotten, as
 * in the app.
 */
const MAX_TILES = 64;

interface Feed {
  decoder: TileDecoder;
  surface: Surface | null;
  /** Held back while the feed is not shown. */
  credits: Credits;
}

export interface Place {
  resize(box: Size): void;
  clear(): void;
  remove(): void;
}

export interface RendererEvents {
  /** Whether this computer has too much to do to show every picture. Called when it changes. */
  overloaded(on: boolean): void;
}

export class FrameRenderer {
  #stream: FrameStream;
  #vp8: boolean;
  #feeds = new Map<number, Feed>();
  #dirty = new Map<Surface, number>();
  #animation = 0;
  #hidden = document.hidden;
  #budget = new DrawBudget();
  #overload = new Overload(performance.now());
  #events: RendererEvents | null;
  #beat = setInterval(() => this.#look(), BEAT_MS);

  constructor(source: FrameSource, format: FrameFormat, events: RendererEvents | null = null) {
    this.#events = events;
    this.#vp8 = format === "vp8";
    this.#stream = new FrameStream(source, format, {
      opened: () => this.#opened(),
      message: (data) => this.#message(data),
    });
    document.addEventListener("visibilitychange", this.#visibilityChanged);
  }

  /** Shows a feed's frames on a canvas until removed. The picture fills the canvas, or is shown `whole`. */
  place(number: number, canvas: HTMLCanvasElement, events: SurfaceEvents, whole = false): Place {
    const surface = new Surface(canvas, events, whole);
    const feed = this.#feed(number);
    feed.surface = surface;
    if (!this.#hidden) this.#resume(feed);
    return {
      resize: (box) => surface.resize(box),
      clear: () => {
        surface.clear();
        this.#overload.forget(number);
      },
      remove: () => {
        surface.clear();
        this.#overload.forget(number);
        this.#dirty.delete(surface);
        if (feed.surface !== surface) return;
        feed.surface = null;
        feed.decoder.reset();
        feed.credits.hold();
      },
    };
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#visibilityChanged);
    clearInterval(this.#beat);
    cancelAnimationFrame(this.#animation);
    this.#stream.close();
    for (const { decoder } of this.#feeds.values()) decoder.close();
    for (const surface of this.#dirty.keys()) surface.clear();
    this.#feeds.clear();
    this.#dirty.clear();
  }

  #opened(): void {
    for (const feed of this.#feeds.values()) {
      feed.credits.forget();
      feed.decoder.restart();
    }
  }

  #message(data: ArrayBuffer): void {
    const parsed = parseFrame(data);
    // The server is part of the app. A message that is not a frame is a fault, but must not affect the other messages.
    if (parsed.ok) this.#frame(parsed.frame);
    else {
      console.warn(`frame not shown: ${parsed.fault}`);
      if (parsed.of) this.#refuse(parsed.of, parsed.fault);
    }
  }

  #frame(frame: Frame): void {
    const feed = this.#used(frame.feed);
    if (feed.surface && !this.#hidden) feed.decoder.push(frame);
    else feed.credits.give(frame.seq);
  }

  #refuse({ feed: number, seq }: FrameOrigin, fault: FrameFault): void {
    const feed = this.#used(number);
    if (feed.surface && !this.#hidden) {
      feed.decoder.refuse(seq, fault);
      feed.surface.refused();
    } else feed.credits.give(seq);
  }

  /** The feed of a frame that came. It is now the most recently used one. */
  #used(number: number): Feed {
    const feed = this.#feed(number);
    this.#feeds.delete(number);
    this.#feeds.set(number, feed);
    return feed;
  }

  #makeRoom(): void {
    if (this.#feeds.size < MAX_TILES) return;
    for (const [number, feed] of this.#feeds) {
      if (feed.surface) continue;
      feed.decoder.close();
      this.#feeds.delete(number);
      // The app still counts the feed. Its frames are given back, and the next one makes it known again.
      feed.credits.release();
      return;
    }
  }

  #feed(number: number): Feed {
    const known = this.#feeds.get(number);
    if (known) return known;
    this.#makeRoom();
    const credits = new Credits((seq) => this.#stream.send({ type: "credit", feed: number, seq }));
    credits.hold();
    const feed: Feed = {
      decoder: new TileDecoder(
        number,
        {
          request: (request) => this.#stream.send(request),
          picture: (picture) => {
            if (!feed.surface) {
              picture.release();
              return;
            }
            feed.surface.offer(picture);
            this.#overload.decoded(number);
            this.#dirty.set(feed.surface, number);
            this.#animation ||= requestAnimationFrame(this.#draw);
          },
          fellBehind: (pauseMs) => this.#overload.fellBehind(number, pauseMs, performance.now()),
        },
        this.#vp8,
      ),
      surface: null,
      credits,
    };
    this.#feeds.set(number, feed);
    return feed;
  }

  #resume(feed: Feed): void {
    // The credits come second: before our keyframe request, they would make the app ask for one more.
    feed.decoder.restart();
    feed.credits.release();
  }

  #draw = (now: number): void => {
    // Asked for first. Also needed when nothing is left, because the delay of the next frame shows what this one cost.
    this.#animation = this.#dirty.size > 0 ? requestAnimationFrame(this.#draw) : 0;
    const allowed = this.#budget.begin(now);
    let area = 0;
    let pictures = 0;
    // The feed that waits longest comes first. A newer picture of a feed replaces the one that waits.
    for (const [surface, number] of this.#dirty) {
      if (pictures > 0 && area + surface.area > allowed) break;
      this.#dirty.delete(surface);
      surface.draw(now);
      area += surface.area;
      pictures += 1;
      this.#overload.drawn(number, now);
    }
    this.#budget.end(now, { area, alone: pictures < 2, more: this.#dirty.size > 0 });
  };

  #look(): void {
    if (!this.#hidden) this.#judge((overload, now) => overload.beat(now));
  }

  #judge(change: (overload: Overload, now: number) => void): void {
    const before = this.#overload.overloaded;
    change(this.#overload, performance.now());
    const { overloaded } = this.#overload;
    if (overloaded !== before) this.#events?.overloaded(overloaded);
  }

  #visibilityChanged = (): void => {
    if (document.hidden === this.#hidden) return;
    this.#hidden = document.hidden;
    this.#judge((overload, now) => overload.reset(now));
    for (const feed of this.#feeds.values()) {
      if (this.#hidden) {
        feed.decoder.reset();
        feed.credits.hold();
      } else if (feed.surface) this.#resume(feed);
    }
  };
}

/** The format to ask for: encoded, if the webview decodes VP8. */
export async function bestFormat(): Promise<FrameFormat> {
  if (typeof VideoDecoder !== "function") return "i420";
  try {
    const { supported } = await VideoDecoder.isConfigSupported({ codec: "vp8" });
    return supported ? "vp8" : "i420";
  } catch {
    return "i420";
  }
}

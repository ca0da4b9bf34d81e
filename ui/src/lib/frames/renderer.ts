/**
 * Brings frames to tiles: one stream in, a decoder and a canvas per tile, one animation frame for all. In one animation
 * frame it draws only as much as leaves the page time to answer.
 *
 * While a tile is not shown, or the whole page is hidden, its frames are neither decoded nor credited, so the server
 * stops sending them. When the tile is shown again, it asks for a keyframe.
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
 * How many tiles are remembered: twice the feeds of a full room. A meeting never uses a number again, so numbers of
 * people who left accumulate. Beyond this, the tile that is not shown and was longest without a frame is forgotten, as
 * in the app.
 */
const MAX_TILES = 64;

interface Tile {
  decoder: TileDecoder;
  surface: Surface | null;
  /** Held back while the tile is not shown. */
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
  #tiles = new Map<number, Tile>();
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
    const tile = this.#tile(number);
    tile.surface = surface;
    if (!this.#hidden) this.#resume(tile);
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
        if (tile.surface !== surface) return;
        tile.surface = null;
        tile.decoder.reset();
        tile.credits.hold();
      },
    };
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#visibilityChanged);
    clearInterval(this.#beat);
    cancelAnimationFrame(this.#animation);
    this.#stream.close();
    for (const { decoder } of this.#tiles.values()) decoder.close();
    for (const surface of this.#dirty.keys()) surface.clear();
    this.#tiles.clear();
    this.#dirty.clear();
  }

  #opened(): void {
    for (const tile of this.#tiles.values()) {
      tile.credits.forget();
      tile.decoder.restart();
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
    const tile = this.#used(frame.tile);
    if (tile.surface && !this.#hidden) tile.decoder.push(frame);
    else tile.credits.give(frame.seq);
  }

  #refuse({ tile: number, seq }: FrameOrigin, fault: FrameFault): void {
    const tile = this.#used(number);
    if (tile.surface && !this.#hidden) {
      tile.decoder.refuse(seq, fault);
      tile.surface.refused();
    } else tile.credits.give(seq);
  }

  /** The tile of a frame that came. It is now the most recently used one. */
  #used(number: number): Tile {
    const tile = this.#tile(number);
    this.#tiles.delete(number);
    this.#tiles.set(number, tile);
    return tile;
  }

  #makeRoom(): void {
    if (this.#tiles.size < MAX_TILES) return;
    for (const [number, tile] of this.#tiles) {
      if (tile.surface) continue;
      tile.decoder.close();
      this.#tiles.delete(number);
      // The app still counts the tile. Its frames are given back, and the next one makes it known again.
      tile.credits.release();
      return;
    }
  }

  #tile(number: number): Tile {
    const known = this.#tiles.get(number);
    if (known) return known;
    this.#makeRoom();
    const credits = new Credits((seq) => this.#stream.send({ type: "credit", tile: number, seq }));
    credits.hold();
    const tile: Tile = {
      decoder: new TileDecoder(
        number,
        {
          request: (request) => this.#stream.send(request),
          picture: (picture) => {
            if (!tile.surface) {
              picture.release();
              return;
            }
            tile.surface.offer(picture);
            this.#overload.decoded(number);
            this.#dirty.set(tile.surface, number);
            this.#animation ||= requestAnimationFrame(this.#draw);
          },
          fellBehind: (pauseMs) => this.#overload.fellBehind(number, pauseMs, performance.now()),
        },
        this.#vp8,
      ),
      surface: null,
      credits,
    };
    this.#tiles.set(number, tile);
    return tile;
  }

  #resume(tile: Tile): void {
    // The credits come second: before our keyframe request, they would make the app ask for one more.
    tile.decoder.restart();
    tile.credits.release();
  }

  #draw = (now: number): void => {
    // Asked for first. Also needed when nothing is left, because the delay of the next frame shows what this one cost.
    this.#animation = this.#dirty.size > 0 ? requestAnimationFrame(this.#draw) : 0;
    const allowed = this.#budget.begin(now);
    let area = 0;
    let pictures = 0;
    // The tile that waits longest comes first. A newer picture of a tile replaces the one that waits.
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
    for (const tile of this.#tiles.values()) {
      if (this.#hidden) {
        tile.decoder.reset();
        tile.credits.hold();
      } else if (tile.surface) this.#resume(tile);
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

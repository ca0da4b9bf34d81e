/**
 * One canvas, and the newest picture that waits for it. Pictures that were overtaken are released without being drawn.
 */
import { converted, toRgba, type I420 } from "./i420";
import { fit, type Size } from "./size";

/** A picture that can be drawn once. `release` is called after it was drawn or overtaken. */
export type Picture = { release(): void } & (
  | { kind: "frame"; frame: VideoFrame }
  | { kind: "planes"; planes: I420 }
);

export interface SurfaceEvents {
  /** After the first picture since the start or since `clear`. */
  first(): void;
  /** How many were drawn so far. Called about once per second at most. */
  drawn(count: number): void;
  /** Whether pictures come that cannot be shown. Called when it changes. */
  unshowable?(on: boolean): void;
}

const REPORT_EVERY_MS = 1000;
/** After this many refused in a row a person is told: after one damaged frame a good one follows within a second. */
const REFUSALS = 3;
/** A picture scaled down further than this flickers, unless more than the nearest four pixels are used. */
const SMOOTH_BELOW = 0.5;

export class Surface {
  #canvas: HTMLCanvasElement;
  #context: CanvasRenderingContext2D | null;
  #events: SurfaceEvents;
  #whole: boolean;
  #box: Size = { width: 0, height: 0 };
  #waiting: Picture | null = null;
  #count = 0;
  #reportedAt = -Infinity;
  #started = false;
  #image: ImageData | null = null;
  /** Pictures refused since the last one that was drawn. */
  #refused = 0;

  /** A picture that is shown `whole` is not cut. */
  constructor(canvas: HTMLCanvasElement, events: SurfaceEvents, whole = false) {
    this.#whole = whole;
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#events = events;
  }

  /** The size of the canvas on the screen, in device pixels. */
  resize(box: Size): void {
    this.#box = box;
  }

  offer(picture: Picture): void {
    this.#waiting?.release();
    this.#waiting = picture;
  }

  /** The next picture counts as the first again. The canvas does not keep its picture. */
  clear(): void {
    this.#waiting?.release();
    this.#waiting = null;
    this.#started = false;
    this.#showable();
  }

  /** A picture came that cannot be shown. */
  refused(): void {
    this.#refused += 1;
    if (this.#refused === REFUSALS) this.#events.unshowable?.(true);
  }

  #showable(): void {
    if (this.#refused >= REFUSALS) this.#events.unshowable?.(false);
    this.#refused = 0;
  }

  /** Pixels of the canvas on the screen, which is the cost of painting it. */
  get area(): number {
    return this.#box.width * this.#box.height;
  }

  /** Draws the waiting picture, if there is one. */
  draw(now: number): void {
    const picture = this.#waiting;
    this.#waiting = null;
    if (!picture) return;
    try {
      if (picture.kind === "frame") this.#drawFrame(picture.frame);
      else this.#drawPlanes(picture.planes);
    } catch (reason) {
      // The webview has no memory for it, or no context. One picture must not stop the drawing of all.
      console.warn("picture not drawn", reason);
      this.refused();
      return;
    } finally {
      picture.release();
    }
    this.#showable();
    this.#count += 1;
    if (!this.#started) {
      this.#started = true;
      this.#events.first();
    }
    if (now - this.#reportedAt >= REPORT_EVERY_MS) {
      this.#reportedAt = now;
      this.#events.drawn(this.#count);
    }
  }

  #drawFrame(frame: VideoFrame): void {
    const { source, canvas } = fit({ width: frame.displayWidth, height: frame.displayHeight }, this.#box, this.#whole);
    this.#setSize(canvas);
    const context = this.#context;
    if (!context) return;
    // A canvas forgets this whenever its size changes.
    context.imageSmoothingQuality = canvas.width < source.width * SMOOTH_BELOW ? "medium" : "low";
    context.drawImage(frame, source.x, source.y, source.width, source.height, 0, 0, canvas.width, canvas.height);
  }

  #drawPlanes(planes: I420): void {
    const { width, height } = converted(planes);
    this.#setSize({ width, height });
    if (this.#image?.width !== width || this.#image.height !== height) this.#image = new ImageData(width, height);
    toRgba(planes, this.#image.data);
    this.#context?.putImageData(this.#image, 0, 0);
  }

  /** Setting a canvas size clears it, so this happens only right before drawing, and only when the size changes. */
  #setSize({ width, height }: Size): void {
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
  }
}

/**
 * How much may be drawn in one animation frame, so that the page answers presses even if pictures are expensive. Pure:
 * the caller passes the time in.
 *
 * The page cannot measure what drawing costs: it is painted after its callbacks, and on a computer without a graphics
 * card by the same processor. But drawing delays the next animation frame. So the budget shrinks by a part when that
 * frame was missed, and grows by a little when it was not. Near the value that was too much last time it grows by very
 * little, as TCP finds the capacity of a path (RFC 9438, section 4.1). Counted in pixels of canvas.
 */

/** Time between two animation frames of most displays. */
const USUAL_MS = 1000 / 60;
/** A frame that takes this many times the usual interval has missed its turn. */
export const MISSED = 1.3;
/**
 * After this many frames in a row at another pace, however much was drawn, it is the display's own pace. Some displays
 * have 30 frames a second, also to save power.
 */
const SETTLED = 30;
/** No display is slower than this: about thirty a second. */
const SLOWEST_MS = 40;
/** After a pause longer than this, the page did not run at all (hidden, asleep), so it says nothing about drawing. */
const PAUSED_MS = 1000;
/** The part that is left after a missed frame. */
const SHRINK = 0.85;
/**
 * The part that is left after a frame was missed although little was drawn: something else took the time, this once.
 */
const SHRINK_LITTLE = 0.97;
/**
 * What is added after a frame in time while more was waiting. Little, because finding the bound costs a missed frame.
 */
const GROW_BY = 960;
const GROW_PART = 0.01;
/**
 * Above this part of the value that was too much last time, it is probably still too much, and each try costs a frame.
 */
const NEAR = 0.9;
/** There, growth is this many times slower. */
const SLOWER = 8;
/** One small tile; with less, nothing would move any more. */
export const LEAST = 160 * 90;
/** More than a screen has, so in effect no bound. If the graphics card paints, no bound is needed. */
export const MOST = 4 * 3840 * 2160;

/** What was drawn in an animation frame. */
export interface Drawn {
  /** When it began. */
  at: number;
  /** Pixels drawn. */
  area: number;
  /** Whether it was one picture at most. */
  alone: boolean;
  /** Whether more was waiting. */
  more: boolean;
}

export class DrawBudget {
  #allowed = MOST;
  #before: Drawn | null = null;
  #usual = USUAL_MS;
  /** The budget at the last time that drawing was too much. */
  #bound = Infinity;
  /** Animation frames in a row that suggest another pace, and the shortest interval among them. */
  #others = { count: 0, shortest: Infinity };

  /** How many pixels may be drawn in the animation frame that begins at `now`. */
  begin(now: number): number {
    const before = this.#before;
    this.#before = null;
    const elapsed = before ? now - before.at : Infinity;
    if (before && before.area > 0 && elapsed < PAUSED_MS) {
      this.#keepPace(elapsed, before);
      if (elapsed > this.#usual * MISSED) this.#allowed = Math.max(LEAST, this.#afterMiss(before.area));
      else if (before.more) this.#allowed = Math.min(MOST, this.#allowed + this.#growth());
    }
    return this.#allowed;
  }

  #growth(): number {
    const usual = this.#allowed * GROW_PART + GROW_BY;
    const near = this.#allowed > this.#bound * NEAR && this.#allowed < this.#bound / NEAR;
    return near ? usual / SLOWER : usual;
  }

  #keepPace(elapsed: number, { alone }: Drawn): void {
    const fast = elapsed <= USUAL_MS * MISSED;
    // Late with a single picture, which is the least that can be drawn; or in time for a faster display than we
    // assumed.
    const other = this.#usual > USUAL_MS ? fast : !fast && alone && elapsed <= SLOWEST_MS;
    if (!other) this.#others = { count: 0, shortest: Infinity };
    else this.#others = { count: this.#others.count + 1, shortest: Math.min(this.#others.shortest, elapsed) };
    if (this.#others.count < SETTLED) return;
    this.#usual = fast ? USUAL_MS : this.#others.shortest;
    this.#others = { count: 0, shortest: Infinity };
  }

  #afterMiss(drawn: number): number {
    // One picture that is too much by itself is drawn anyway, and says nothing about the others.
    if (drawn > this.#allowed) return this.#allowed;
    if (this.#allowed === MOST) return drawn * SHRINK;
    if (drawn < this.#allowed / 2) return this.#allowed * SHRINK_LITTLE;
    this.#bound = this.#allowed;
    return this.#allowed * SHRINK;
  }

  /** What was drawn in the frame. Ask for the next animation frame in any case, or the budget learns nothing. */
  end(now: number, drawn: Omit<Drawn, "at">): void {
    this.#before = { at: now, ...drawn };
  }
}

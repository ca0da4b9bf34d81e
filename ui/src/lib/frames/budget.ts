/**
 * How much may be drawn in one animation frame, so that the page answers presses whatever the pictures cost. Pure: time
 * comes from outside.
 *
 * What drawing costs cannot be timed from inside: the page is painted after its callbacks, on a computer without a
 * graphics card by the same processor. But it delays the next animation frame. So the budget shrinks by a part when that
 * frame was missed and grows by a little when it was not, by very little near what was too much last: as TCP finds the
 * width of a path (RFC 9438, section 4.1). Counted in pixels of canvas.
 */

/** Time between two animation frames of most displays. */
const USUAL_MS = 1000 / 60;
/** One that comes so many times later than usual has missed its turn. */
export const MISSED = 1.3;
/** So many in a row at another pace, whatever was drawn, are the display's: 30 a second on some, and where power is saved. */
const SETTLED = 30;
/** No display is slower than this: thirty a second, give or take. */
const SLOWEST_MS = 40;
/** Longer than this the page did not run at all (hidden, asleep), which says nothing about drawing. */
const PAUSED_MS = 1000;
/** What is left after a missed frame. */
const SHRINK = 0.85;
/** What is left after one that was missed although little was drawn: something else took the time, this once. */
const SHRINK_LITTLE = 0.97;
/** What is added after one that came in time although more was waiting: little, since finding the bound misses a frame. */
const GROW_BY = 960;
const GROW_PART = 0.01;
/** Within this part of what was too much last, that is likely still too much, and each try costs a frame: */
const NEAR = 0.9;
/** there growth is so many times slower. */
const SLOWER = 8;
/** One small tile; below that nothing would move any more. */
export const LEAST = 160 * 90;
/** More than a screen has, so as good as no bound: where the graphics card paints, none is needed. */
export const MOST = 4 * 3840 * 2160;

/** What was drawn in an animation frame. */
export interface Drawn {
  /** When it began. */
  at: number;
  /** In pixels. */
  area: number;
  /** It was one picture at most. */
  alone: boolean;
  /** More was waiting. */
  more: boolean;
}

export class DrawBudget {
  #allowed = MOST;
  #before: Drawn | null = null;
  #usual = USUAL_MS;
  /** What was allowed when the drawing was too much last. */
  #bound = Infinity;
  /** Animation frames in a row that speak for another pace, and the shortest of them. */
  #others = { count: 0, shortest: Infinity };

  /** What may be drawn in the animation frame that begins at `now`, in pixels. */
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
    // Late with a single picture, less than which cannot be drawn; or in time for a faster display than we took it for.
    const other = this.#usual > USUAL_MS ? fast : !fast && alone && elapsed <= SLOWEST_MS;
    if (!other) this.#others = { count: 0, shortest: Infinity };
    else this.#others = { count: this.#others.count + 1, shortest: Math.min(this.#others.shortest, elapsed) };
    if (this.#others.count < SETTLED) return;
    this.#usual = fast ? USUAL_MS : this.#others.shortest;
    this.#others = { count: 0, shortest: Infinity };
  }

  #afterMiss(drawn: number): number {
    // One picture that is too much by itself is drawn all the same, and says nothing about the others.
    if (drawn > this.#allowed) return this.#allowed;
    if (this.#allowed === MOST) return drawn * SHRINK;
    if (drawn < this.#allowed / 2) return this.#allowed * SHRINK_LITTLE;
    this.#bound = this.#allowed;
    return this.#allowed * SHRINK;
  }

  /** What was drawn in it. The next animation frame has to be asked for, or nothing is learnt. */
  end(now: number, drawn: Omit<Drawn, "at">): void {
    this.#before = { at: now, ...drawn };
  }
}

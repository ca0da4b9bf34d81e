/**
 * How much may be drawn in one animation frame, so that the page answers presses whatever the pictures cost. Pure: time
 * comes from outside.
 *
 * What drawing costs cannot be timed from inside: the page is painted after its callbacks, on a computer without a
 * graphics card by the same processor. But it delays the next animation frame. So the budget shrinks by a part when that
 * frame was missed and grows by a little when it was not, as TCP finds the width of a path (RFC 5681, section 3.1).
 * Counted in pixels of canvas.
 */

/** An animation frame later than this missed its turn: at 60 a second one comes every 16.7 ms, give or take. */
export const MISSED_MS = 22;
/** Longer than this the page did not run at all (hidden, asleep), which says nothing about drawing. */
const PAUSED_MS = 1000;
/** What is left after a missed frame. */
const SHRINK = 0.85;
/** What is left after one that was missed although little was drawn: something else took the time, this once. */
const SHRINK_LITTLE = 0.97;
/** What is added after one that came in time although more was waiting: little, since finding the bound misses a frame. */
const GROW_BY = 960;
const GROW_PART = 0.01;
/** One small tile; below that nothing would move any more. */
export const LEAST = 160 * 90;
/** More than a screen has, so as good as no bound: where the graphics card paints, none is needed. */
export const MOST = 4 * 3840 * 2160;

export class DrawBudget {
  #allowed = MOST;
  /** The animation frame before this one, what was drawn in it, and whether more was waiting. */
  #before: { at: number; drawn: number; more: boolean } | null = null;

  /** What may be drawn in the animation frame that begins at `now`, in pixels. */
  begin(now: number): number {
    const before = this.#before;
    this.#before = null;
    if (before && before.drawn > 0 && now - before.at < PAUSED_MS) {
      if (now - before.at > MISSED_MS) this.#allowed = Math.max(LEAST, this.#afterMiss(before.drawn));
      else if (before.more) this.#allowed = Math.min(MOST, this.#allowed * (1 + GROW_PART) + GROW_BY);
    }
    return this.#allowed;
  }

  #afterMiss(drawn: number): number {
    // One picture that is too much by itself is drawn all the same, and says nothing about the others.
    if (drawn > this.#allowed) return this.#allowed;
    if (this.#allowed === MOST) return drawn * SHRINK;
    return this.#allowed * (drawn < this.#allowed / 2 ? SHRINK_LITTLE : SHRINK);
  }

  /** What was drawn in it, and whether more is waiting. The next animation frame has to be asked for, or nothing is learnt. */
  end(now: number, drawn: number, more: boolean): void {
    this.#before = { at: now, drawn, more };
  }
}

/**
 * How long a tile rests that fell behind, before it asks for another keyframe. Pure: time comes from outside.
 *
 * A keyframe costs much: the sender makes a large one for everyone, and it takes longest to decode. Where there is too
 * much to do already, starting again at once makes more of it.
 */

/** Short enough that a hiccup is hardly seen. */
export const FIRST_PAUSE_MS = 500;
/** Longer than this, a picture looks like one that is gone for good. */
export const LONGEST_PAUSE_MS = 8000;
/** A tile that kept up for this long has recovered: what comes next is a new hiccup. */
export const CALM_MS = 5000;
/** Tiles that fell behind together must not all start again together. */
const SPREAD = 8;

export class Pace {
  #stretch: number;
  #next = FIRST_PAUSE_MS;
  #since: number | null = null;

  constructor(tile: number) {
    this.#stretch = 1 + (tile % SPREAD) / (2 * SPREAD);
  }

  /** Decoding goes on, from a keyframe on. */
  started(now: number): void {
    this.#since ??= now;
  }

  /** Decoding has ended for another reason than its speed. */
  stopped(): void {
    this.#since = null;
  }

  /** Whether decoding has gone on for long enough to call it well. */
  isCalm(now: number): boolean {
    return this.#since !== null && now - this.#since >= CALM_MS;
  }

  /** Answers how long to rest, in milliseconds. */
  fellBehind(now: number): number {
    const pause = this.isCalm(now) ? FIRST_PAUSE_MS : this.#next;
    this.#next = Math.min(LONGEST_PAUSE_MS, 2 * pause);
    this.#since = null;
    return pause * this.#stretch;
  }
}

/**
 * How long a feed that fell behind rests before it asks for another keyframe. Pure: the caller passes the time in.
 *
 * A keyframe is expensive: the sender makes a large one for everyone, and decoding it takes longest. With too much to
 * do already, an immediate restart makes it worse.
 */

/** Short enough that a person hardly sees the interruption. */
export const FIRST_PAUSE_MS = 500;
/** After a longer pause, a picture looks as if it never came back. */
export const LONGEST_PAUSE_MS = 8000;
/** A feed that kept up for this long has recovered: the next trouble counts as a new one. */
export const CALM_MS = 5000;
/** Feeds that fell behind together must not all restart together. */
const SPREAD = 8;

export class Pace {
  #stretch: number;
  #next = FIRST_PAUSE_MS;
  #since: number | null = null;

  constructor(feed: number) {
    this.#stretch = 1 + (feed % SPREAD) / (2 * SPREAD);
  }

  /** Decoding goes on, beginning with a keyframe. */
  started(now: number): void {
    this.#since ??= now;
  }

  /** Decoding ended for another reason than its speed. */
  stopped(): void {
    this.#since = null;
  }

  /** Whether decoding has gone on for long enough to count as healthy. */
  isCalm(now: number): boolean {
    return this.#since !== null && now - this.#since >= CALM_MS;
  }

  /** Returns how long to rest, in milliseconds. */
  fellBehind(now: number): number {
    const pause = this.isCalm(now) ? FIRST_PAUSE_MS : this.#next;
    this.#next = Math.min(LONGEST_PAUSE_MS, 2 * pause);
    this.#since = null;
    return pause * this.#stretch;
  }
}

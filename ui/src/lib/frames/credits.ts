/**
 * The credits of one feed: what the page tells the app about frames it has handled. Pure.
 *
 * Every frame that comes in gives its credit back, whether it is drawn, overtaken, skipped or refused. The app sends
 * only a few frames without a credit, so each lost credit brings the picture nearer to standing still.
 *
 * A credit covers its frame and all frames before it. So of the credits that are held back, only the newest counts.
 */

/** Sequence numbers are 32 bits and wrap. */
const HALF = 2 ** 31;

function isNewer(seq: number, than: number): boolean {
  const step = (seq - than) >>> 0;
  return step !== 0 && step < HALF;
}

export class Credits {
  #give: (seq: number) => void;
  #holding = false;
  #held: number | null = null;

  constructor(give: (seq: number) => void) {
    this.#give = give;
  }

  /** The page has handled this frame. */
  give(seq: number): void {
    if (!this.#holding) this.#give(seq);
    else if (this.#held === null || isNewer(seq, this.#held)) this.#held = seq;
  }

  /** Credits wait from here on, so that the app stops sending. */
  hold(): void {
    this.#holding = true;
  }

  /** Gives the credits that were held back, and goes on. */
  release(): void {
    this.#holding = false;
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#give(held);
  }

  /** The connection is a new one: credits that were held back do not count on it. */
  forget(): void {
    this.#held = null;
  }
}

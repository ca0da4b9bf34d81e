/**
 * Whether a decoder swallows frames without a picture, in time in which the page itself was running. Pure.
 *
 * On a computer that has too much to do, pictures and timers are late together; that is no fault of the decoder.
 */

/** Time between two looks. */
export const LOOK_MS = 500;
/** Looks in time, without a picture, after which a decoder is taken to be stuck: two seconds. */
const LOOKS = 4;
/** A look later than this says that the page was not running meanwhile. */
const LATE_MS = 200;

export class Stall {
  #due = 0;
  #looks = 0;

  /** The first frame went in. */
  begin(now: number): void {
    this.#due = now + LOOK_MS;
    this.#looks = 0;
  }

  /** A picture came out, between two looks: what is left until the next one is too short to count. */
  shown(): void {
    this.#looks = -1;
  }

  /** At every look while frames are inside. Answers whether the decoder is stuck. */
  looked(now: number): boolean {
    if (now - this.#due <= LATE_MS) this.#looks += 1;
    this.#due = now + LOOK_MS;
    return this.#looks >= LOOKS;
  }
}

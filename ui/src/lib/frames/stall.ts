/**
 * Whether a decoder takes frames and gives no picture, counting only time in which the page itself ran. Pure.
 *
 * On a computer with too much to do, pictures and timers are late together. Then the decoder is not at fault.
 */

/** Time between two looks. */
export const LOOK_MS = 500;
/** After this many looks in time without a picture (two seconds), the decoder counts as stuck. */
const LOOKS = 4;
/** A look later than this shows that the page did not run meanwhile. */
const LATE_MS = 200;

export class Stall {
  #due = 0;
  #looks = 0;

  /** The first frame went in. */
  begin(now: number): void {
    this.#due = now + LOOK_MS;
    this.#looks = 0;
  }

  /** A picture came out between two looks. The time until the next look is too short to count. */
  shown(): void {
    this.#looks = -1;
  }

  /** Called at every look while frames are inside. Returns whether the decoder is stuck. */
  looked(now: number): boolean {
    if (now - this.#due <= LATE_MS) this.#looks += 1;
    this.#due = now + LOOK_MS;
    return this.#looks >= LOOKS;
  }
}

/**
 * The last press of each switch.
 *
 * The picture changes only when the core says so, and that may be after the next press. So that press means the
 * opposite of the last wish, not of the shown state. No request waits for another, because closing the microphone must
 * never wait. Requests that were under way together may be answered in any order. So once all are answered, the last
 * wish is requested once more.
 */

export type Switch = "microphone" | "camera" | "hand";

interface Wish {
  on: boolean;
  /** Requests without an answer. */
  asked: number;
  /** Whether a request was made while another was under way. */
  overtaken: boolean;
  /** When the last answer came, in milliseconds. */
  answered: number;
}

/**
 * For this many milliseconds after the answer, the wish counts and not the shown state, because the core's event comes
 * another way. Later, the shown state is newer, because the tray has switches too.
 */
export const SAID_WITHIN = 500;

export class Switches {
  readonly #set: (what: Switch, on: boolean) => Promise<void>;
  readonly #now: () => number;
  readonly #wishes = new Map<Switch, Wish>();

  constructor(set: (what: Switch, on: boolean) => Promise<void>, now: () => number) {
    this.#set = set;
    this.#now = now;
  }

  /** A press. Fails if the core fails. */
  async toggle(what: Switch, shown: boolean): Promise<void> {
    const last = this.#wishes.get(what);
    const counts = last && (last.asked > 0 || this.#now() < last.answered + SAID_WITHIN);
    const wish = counts ? last : { on: shown, asked: 0, overtaken: false, answered: 0 };
    this.#wishes.set(what, wish);
    wish.on = !wish.on;
    wish.overtaken = wish.asked > 0;
    await this.#ask(what, wish);
  }

  /** Drops the wishes for a meeting that ended. */
  clear(): void {
    this.#wishes.clear();
  }

  async #ask(what: Switch, wish: Wish): Promise<void> {
    wish.asked += 1;
    const refusal = await this.#set(what, wish.on).then(
      () => null,
      (reason: unknown) => ({ reason }),
    );
    wish.asked -= 1;
    wish.answered = this.#now();
    if (wish.asked === 0 && this.#wishes.get(what) === wish) {
      if (wish.overtaken) {
        wish.overtaken = false;
        await this.#ask(what, wish);
      } else if (refusal) this.#wishes.delete(what);
    }
    if (refusal) throw refusal.reason;
  }
}

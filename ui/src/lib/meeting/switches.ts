/**
 * What was pressed last of each switch.
 *
 * The picture only changes when the core says so, which may be after the next press: that one then means the opposite
 * of what was asked for, not of what is still shown. Nothing waits for anything, least of all a microphone that is to
 * close; answers to requests that were under way together say nothing of their order, so the last wish is asked for
 * once more when all are answered.
 */

export type Switch = "microphone" | "camera" | "hand";

interface Wish {
  on: boolean;
  /** Requests without an answer. */
  asked: number;
  /** Whether one was made while another was under way. */
  overtaken: boolean;
  /** When the last answer came, in milliseconds. */
  answered: number;
}

/**
 * For so many milliseconds after the answer the wish counts, and not what is shown: what the core says of it comes
 * another way. Later, what is shown is newer: the tray has switches too.
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

  /** A press. Fails as the core does. */
  async toggle(what: Switch, shown: boolean): Promise<void> {
    const last = this.#wishes.get(what);
    const counts = last && (last.asked > 0 || this.#now() < last.answered + SAID_WITHIN);
    const wish = counts ? last : { on: shown, asked: 0, overtaken: false, answered: 0 };
    this.#wishes.set(what, wish);
    wish.on = !wish.on;
    wish.overtaken = wish.asked > 0;
    await this.#ask(what, wish);
  }

  /** Nothing is wished of a meeting that ended. */
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

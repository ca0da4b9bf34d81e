/** Sentences that wait to be read or listened to. */
import { sentence } from "../text/catalogue";

export interface Problem {
  code: string;
  sentence: string;
}

export interface Said {
  id: number;
  words: string;
}

const TOAST_MS = 3000;
/** Sentences on the screen at once; a newer one takes the place of the oldest. */
const MAX_PROBLEMS = 3;
/** What is not about a meeting: neither its beginning nor its end puts it away, since it is said once. */
const LASTING: ReadonlySet<string> = new Set(["preferences_reset"]);
/** Sentences kept for the live region. More at once than anyone listens to; older ones have been read out. */
const MAX_SAID = 8;

export class Notes {
  /** Shown until dismissed. */
  problems: Problem[] = $state.raw([]);
  /** Shown for a moment. */
  toast: string | null = $state(null);
  /** For the live region: the newest last. */
  said: Said[] = $state.raw([]);

  #saidCount = 0;
  #toastTimer: ReturnType<typeof setTimeout> | null = null;

  problem(code: string): void {
    const others = this.problems.filter((one) => one.code !== code);
    this.problems = [...others, problemOf(code)].slice(-MAX_PROBLEMS);
  }

  dismiss(problem: Problem): void {
    this.problems = this.problems.filter((one) => one !== problem);
  }

  /** Puts away those that are solved. */
  forget(solved: (code: string) => boolean): void {
    if (this.problems.some(({ code }) => solved(code))) {
      this.problems = this.problems.filter(({ code }) => !solved(code));
    }
  }

  /** Each sentence is an entry of its own: one that replaced another would silence it. */
  say(words: string): void {
    this.#saidCount += 1;
    this.said = [...this.said, { id: this.#saidCount, words }].slice(-MAX_SAID);
  }

  show(words: string): void {
    this.toast = words;
    this.say(words);
    if (this.#toastTimer) clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => {
      this.toast = null;
    }, TOAST_MS);
  }

  clear(): void {
    this.forget((code) => !LASTING.has(code));
    this.toast = null;
  }
}

export function problemOf(code: string): Problem {
  return { code, sentence: sentence(code) };
}

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
/** Sentences on the screen at once. A newer one replaces the oldest. */
const MAX_PROBLEMS = 3;
/** Sentences that are not about a meeting. Its beginning and end do not close them, because they are said only once. */
const LASTING: ReadonlySet<string> = new Set(["preferences_reset"]);
/** Sentences kept for the live region: more than anyone listens to at once. Older ones have been read out. */
const MAX_SAID = 8;

export class Notes {
  /** Shown until the person closes them. */
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

  /** Removes the sentences that are solved. */
  forget(solved: (code: string) => boolean): void {
    if (this.problems.some(({ code }) => solved(code))) {
      this.problems = this.problems.filter(({ code }) => !solved(code));
    }
  }

  /** Each sentence is an entry of its own: if it replaced another, it would silence it. */
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

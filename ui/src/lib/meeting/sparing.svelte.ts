/**
 * Whether this computer has too much to do to show every picture, and whether fewer are shown because of it.
 *
 * Of this window and this meeting, also when the page is loaded again: the next one begins with all pictures.
 */
import { readLocal, writeLocal } from "../local-storage";
import { text } from "../text/catalogue";
import type { Notes } from "./notes.svelte";

/** Holds when the meeting began in which fewer were chosen. */
const FEWER = "holdfast.fewer-pictures";

export class Sparing {
  overloaded: boolean = $state(false);
  /** Of the others, only one is shown. */
  fewer: boolean = $state(false);

  #notes: Notes;
  #meeting: string | null;
  #putAway: boolean = $state(false);
  #said = false;

  /** `startedAtMs`: when we joined the meeting, which no two of them share. */
  constructor(notes: Notes, startedAtMs: number | null) {
    this.#notes = notes;
    this.#meeting = startedAtMs === null ? null : String(startedAtMs);
    this.fewer = this.#meeting !== null && readLocal(FEWER) === this.#meeting;
  }

  /** Whether there is something to read about it. */
  get noticed(): boolean {
    return !this.#putAway && (this.overloaded || this.fewer);
  }

  /** A computer at its limit crosses it often; those who listen are told once. */
  tell(overloaded: boolean): void {
    this.overloaded = overloaded;
    if (!overloaded || this.#said || this.#putAway) return;
    this.#said = true;
    this.#notes.say(`${text.sparing.busy} ${text.sparing.busyHint}`);
  }

  show(fewer: boolean): void {
    if (fewer === this.fewer) return;
    this.fewer = fewer;
    writeLocal(FEWER, fewer && this.#meeting !== null ? this.#meeting : "");
    this.#notes.say(fewer ? text.sparing.speaker : text.sparing.allShown);
  }

  /** It was read; the choice stays in the menu of layouts. */
  putAway(): void {
    this.#putAway = true;
  }
}

/**
 * Whether this computer has too much to do to show every picture, and whether it shows fewer because of that.
 *
 * Applies to this window and this meeting, also after a reload. The next meeting begins with all pictures.
 */
import { readLocal, writeLocal } from "../local-storage";
import { text } from "../text/catalogue";
import type { Notes } from "./notes.svelte";

/** Stores when the meeting began in which the person chose fewer pictures. */
const FEWER = "holdfast.fewer-pictures";

export class Sparing {
  overloaded: boolean = $state(false);
  /** Shows only one of the others. */
  fewer: boolean = $state(false);

  #notes: Notes;
  #meeting: string | null;
  #putAway: boolean = $state(false);
  #said = false;

  /** `startedAtMs`: when we joined the meeting; it differs between meetings. */
  constructor(notes: Notes, startedAtMs: number | null) {
    this.#notes = notes;
    this.#meeting = startedAtMs === null ? null : String(startedAtMs);
    this.fewer = this.#meeting !== null && readLocal(FEWER) === this.#meeting;
  }

  /** Whether there is a sentence to read about it. */
  get noticed(): boolean {
    return !this.#putAway && (this.overloaded || this.fewer);
  }

  /** A computer at its limit crosses it often. Screen readers say it once. */
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

  /** The person read it. The choice stays in the menu of layouts. */
  putAway(): void {
    this.#putAway = true;
  }
}

/** How large this window shows everything: chosen by key in any window, for all of them, and for the next time. */
import { toAppError, type Backend } from "../backend/backend";
import { readLocal, writeLocal } from "../local-storage";
import type { Said } from "../meeting/notes.svelte";
import { fill, text } from "../text/catalogue";
import { readFactor, stepped, USUAL, type Turn } from "./steps";

const NAME = "holdfast.zoom";

export class Zoom {
  /** The last change, for those who listen; null before the first. */
  said: Said | null = $state.raw(null);

  #backend: Pick<Backend, "setZoom">;
  #failed: (code: string) => void;
  /** What was asked for last, and what the window has: while a request is under way only the newest waits. */
  #wanted = USUAL;
  #used = USUAL;
  #asking = false;
  /** A person pressed a key, and is told what came of it. */
  #pressed = false;
  #saidCount = 0;

  constructor(backend: Pick<Backend, "setZoom">, failed: (code: string) => void = () => undefined) {
    this.#backend = backend;
    this.#failed = failed;
  }

  /** As it was the last time; a new window has the usual size by itself. */
  restore(): Promise<void> {
    this.#wanted = readFactor(readLocal(NAME));
    return this.#use();
  }

  /** Another window kept something: how large things are holds here too, but is said where the key was pressed. */
  heard(name: string | null): Promise<void> {
    return name === NAME ? this.restore() : Promise.resolve();
  }

  turn(turn: Turn): Promise<void> {
    this.#wanted = stepped(this.#wanted, turn);
    this.#pressed = true;
    return this.#use();
  }

  async #use(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#wanted !== this.#used) {
        const factor = this.#wanted;
        await this.#backend.setZoom(factor);
        this.#used = factor;
      }
      this.#tell();
    } catch (reason) {
      this.#wanted = this.#used;
      if (this.#pressed) this.#failed(toAppError(reason).code);
    }
    this.#pressed = false;
    this.#asking = false;
  }

  /** Also at either end, where nothing changes: no answer would sound like a key that is broken. */
  #tell(): void {
    if (!this.#pressed) return;
    writeLocal(NAME, String(this.#used));
    this.#saidCount += 1;
    this.said = { id: this.#saidCount, words: fill(text.announce.zoom, { percent: Math.round(this.#used * 100) }) };
  }
}

/** The zoom of this window: a key in any window sets it, for all windows and for the next time. */
import { toAppError, type Backend } from "../backend/backend";
import { readLocal, writeLocal } from "../local-storage";
import type { Said } from "../meeting/notes.svelte";
import { fill, text } from "../text/catalogue";
import { readFactor, stepped, USUAL, type Turn } from "./steps";

const NAME = "holdfast.zoom";

export class Zoom {
  /** The last change, for screen readers; null before the first. */
  said: Said | null = $state.raw(null);

  #backend: Pick<Backend, "setZoom">;
  #failed: (code: string) => void;
  /** The last wish, and what the window has. While a request is under way, only the newest wish waits. */
  #wanted = USUAL;
  #used = USUAL;
  #asking = false;
  /** Whether a person pressed a key and must be told the result. */
  #pressed = false;
  #saidCount = 0;

  constructor(backend: Pick<Backend, "setZoom">, failed: (code: string) => void = () => undefined) {
    this.#backend = backend;
    this.#failed = failed;
  }

  /** The zoom of last time. A new window has the usual one. */
  restore(): Promise<void> {
    this.#wanted = readFactor(readLocal(NAME));
    return this.#use();
  }

  /** Another window stored a value. This window takes the zoom, but the message is shown where the key was pressed. */
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

  /** Also at either end, where nothing changes: without an answer the key would seem broken. */
  #tell(): void {
    if (!this.#pressed) return;
    writeLocal(NAME, String(this.#used));
    this.#saidCount += 1;
    this.said = { id: this.#saidCount, words: fill(text.announce.zoom, { percent: Math.round(this.#used * 100) }) };
  }
}

/** Whether to tell a person that they speak while muted. The core says when, and not again for a while. */

/** Long enough to read while speaking. */
const SHOWN_MS = 6000;

export class MutedHint {
  shown: boolean = $state(false);
  #timer: ReturnType<typeof setTimeout> | null = null;

  show(): void {
    this.hide();
    this.shown = true;
    this.#timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  hide(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.shown = false;
  }
}

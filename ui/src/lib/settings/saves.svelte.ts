/** Every change is saved at once. This remembers what was saved, for a short message, and what failed, and why. */
import type { PreferencesCopy } from "../meeting/preferences.svelte";
import type { Preferences } from "../wire/Preferences";

const SHOWN_MS = 2500;

export class Saves {
  /** Whether something was saved a moment ago. */
  fresh: boolean = $state(false);

  #preferences: () => PreferencesCopy;
  #codes: Readonly<Record<string, string>> = $state.raw({});
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(preferences: () => PreferencesCopy) {
    this.#preferences = preferences;
  }

  get current(): Preferences {
    return this.#preferences().current;
  }

  /** Why the choice of this name was not saved. */
  code(field: string): string | null {
    return this.#codes[field] ?? null;
  }

  async save(field: string, change: Partial<Preferences>): Promise<boolean> {
    return this.done(field, await this.#preferences().change(change));
  }

  /** The result of a choice that is saved in another way. */
  done(field: string, code: string | null): boolean {
    const { [field]: _, ...others } = this.#codes;
    this.#codes = code === null ? others : { ...others, [field]: code };
    if (code === null) this.#saved();
    return code === null;
  }

  #saved(): void {
    this.fresh = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.fresh = false;
    }, SHOWN_MS);
  }
}

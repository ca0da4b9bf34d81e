/** Chooses the language and puts values into sentences. Codes become sentences here and nowhere else. */
import { createSubscriber } from "svelte/reactivity";

import { de } from "./de";
import { en, type Catalogue } from "./en";

export type { Catalogue };

/** Another language is one more line here and one more file beside `en.ts`. */
export const catalogues: Readonly<Record<string, Catalogue>> = { en, de };

const FALLBACK = "en";

export function pickLanguage(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-", 1)[0] ?? "";
    if (Object.hasOwn(catalogues, language)) return language;
  }
  return FALLBACK;
}

function ofSystem(): string {
  return pickLanguage(typeof navigator === "undefined" ? [] : navigator.languages);
}

let current = ofSystem();
let rules = new Intl.PluralRules(current);
const readers = new Set<() => void>();

/** What uses a text is drawn or derived again when the language changes. */
const read = createSubscriber((update) => {
  readers.add(update);
  return () => readers.delete(update);
});

/** The language in use, as a BCP 47 tag. */
export function language(): string {
  read();
  return current;
}

/** Uses a language from now on; `system` means the first language of the system that we have. */
export function useLanguage(choice: string): void {
  const next = choice === "system" ? ofSystem() : pickLanguage([choice]);
  if (typeof document !== "undefined") document.documentElement.lang = next;
  if (next === current) return;
  current = next;
  rules = new Intl.PluralRules(next);
  for (const update of readers) update();
}

/** The texts of the language in use. */
export const text: Catalogue = new Proxy(en, {
  get: (_, part) => Reflect.get(catalogues[language()] ?? en, part) as unknown,
});

export function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (placeholder, key: string) => String(values[key] ?? placeholder));
}

export function plural(forms: { one: string; other: string }, count: number): string {
  return fill(rules.select(count) === "one" ? forms.one : forms.other, { count });
}

/** The sentence for a code, from the core or from the page. */
export function sentence(code: string, catalogue: Catalogue = text): string {
  const known: Record<string, string> = { ...catalogue.notices, ...catalogue.errors };
  return Object.hasOwn(known, code) ? (known[code] ?? "") : fill(catalogue.unknownError, { code });
}

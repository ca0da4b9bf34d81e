/** Chooses the language and puts values into sentences. Codes become sentences here and nowhere else. */
import { en, type Catalogue } from "./en";

export type { Catalogue };

/** A second language is one more line here and one more file beside `en.ts`. */
export const catalogues: Readonly<Record<string, Catalogue>> = { en };

const FALLBACK = "en";

export function pickLanguage(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-", 1)[0] ?? "";
    if (Object.hasOwn(catalogues, language)) return language;
  }
  return FALLBACK;
}

export const language = pickLanguage(typeof navigator === "undefined" ? [] : navigator.languages);
export const text: Catalogue = catalogues[language] ?? en;

export function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (placeholder, key: string) => String(values[key] ?? placeholder));
}

const rules = new Intl.PluralRules(language);

export function plural(forms: { one: string; other: string }, count: number): string {
  return fill(rules.select(count) === "one" ? forms.one : forms.other, { count });
}

/** The sentence for a code, whoever it comes from. */
export function sentence(code: string, catalogue: Catalogue = text): string {
  const known: Record<string, string> = { ...catalogue.notices, ...catalogue.errors };
  return Object.hasOwn(known, code) ? (known[code] ?? "") : fill(catalogue.unknownError, { code });
}

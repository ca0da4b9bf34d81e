/** Names come from outside: they are shown as text, without characters that could disturb the text around them. */

/** The same limit as in the protocol. */
export const NAME_MAX = 64;

/** Control characters, and those that are invisible or change the direction of text. */
const DISTURBING = /[\p{Cc}\u{00ad}\u{061c}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}]/gu;

export function cleanName(name: string): string {
  // Cut before anything else, so that a name of megabytes costs nothing.
  const text = name.slice(0, NAME_MAX * 8).replace(DISTURBING, " ").replace(/\s+/g, " ").trim();
  return [...text].slice(0, NAME_MAX).join("").trim();
}

export type NameFault = "name_empty" | "name_too_long";

export function nameFault(name: string): NameFault | null {
  if (cleanName(name) === "") return "name_empty";
  return [...name.trim()].length > NAME_MAX ? "name_too_long" : null;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function firstGrapheme(word: string): string {
  for (const { segment } of graphemes.segment(word)) return segment;
  return "";
}

/** One or two letters for a person without a picture. */
export function initials(name: string): string {
  const words = cleanName(name)
    .split(" ")
    .map((word) => word.replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}]+/u, ""))
    .filter((word) => word !== "");
  const first = words[0] ?? "";
  const last = words.length > 1 ? (words.at(-1) ?? "") : "";
  return (firstGrapheme(first) + firstGrapheme(last)).toLocaleUpperCase();
}

/** How many avatar colours there are; see the stylesheet. */
export const TONES = 6;

/** The same colour for the same participant on every screen. */
export function tone(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % TONES;
}

/** For a name inside a sentence: its direction of writing does not affect the words around it. */
export function isolated(name: string): string {
  return `\u2068${cleanName(name)}\u2069`;
}

/** What a chat message consists of: text, links and code. Pure; nothing here is ever used as markup. */

export type Part =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; url: string }
  | { kind: "code"; text: string }
  | { kind: "block"; text: string };

/** Three backquotes, perhaps a language behind them, then lines, then three backquotes and the end of their line. */
const BLOCK = /```(?:[\w+-]*\n)?([\s\S]*?)```\n?/g;
const INLINE = /`([^`\n]+)`/g;
const LINK = /\bhttps?:\/\/[^\s<>"'`]+/g;
/** Signs that end a sentence and not an address. */
const TRAILING = /[.,:;!?…]+$/;

/** Characters that change the direction of the text around them (UAX #9); they could make an address look like another. */
const REORDERING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export function partsOf(message: string): Part[] {
  const text = message.replace(REORDERING, "");
  return split(text, BLOCK, (found) => [{ kind: "block", text: (found[1] ?? "").replace(/\n$/, "") }], (rest) =>
    split(rest, INLINE, (found) => [{ kind: "code", text: found[1] ?? "" }], (plain) =>
      split(plain, LINK, (found) => link(found[0]), (words) => [{ kind: "text", text: words }]),
    ),
  );
}

function split(
  text: string,
  pattern: RegExp,
  inside: (found: RegExpMatchArray) => Part[],
  outside: (text: string) => Part[],
): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > from) parts.push(...outside(text.slice(from, found.index)));
    parts.push(...inside(found));
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push(...outside(text.slice(from)));
  return parts;
}

function link(found: string): Part[] {
  let url = found.replace(TRAILING, "");
  // A bracket that was opened before the address closes after it.
  if (url.endsWith(")") && !url.includes("(")) url = url.slice(0, -1);
  const behind = found.slice(url.length);
  const parts: Part[] = [{ kind: "link", text: url, url }];
  if (behind !== "") parts.push({ kind: "text", text: behind });
  return parts;
}

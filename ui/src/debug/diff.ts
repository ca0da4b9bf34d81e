/** What changed between two texts, line by line. Pure. */

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
}

/** More lines than this are not compared: a description has about a hundred, and the table grows with the square. */
export const MOST_LINES = 400;

function split(text: string): string[] {
  return text.split(/\r?\n/).filter((line, index, all) => line !== "" || index < all.length - 1);
}

/** The shortest way from one text to the other (longest common subsequence). */
export function diff(before: string, after: string): DiffLine[] {
  const old = split(before).slice(0, MOST_LINES);
  const now = split(after).slice(0, MOST_LINES);
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = now.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        old[row] === now[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const found: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < old.length || column < now.length) {
    if (row < old.length && column < now.length && old[row] === now[column]) {
      found.push({ kind: "same", text: old[row] ?? "" });
      row += 1;
      column += 1;
    } else if (row < old.length && (column >= now.length || at(row + 1, column) >= at(row, column + 1))) {
      found.push({ kind: "removed", text: old[row] ?? "" });
      row += 1;
    } else {
      found.push({ kind: "added", text: now[column] ?? "" });
      column += 1;
    }
  }
  return found;
}

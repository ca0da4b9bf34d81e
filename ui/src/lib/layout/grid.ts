/** Where tiles go: as large as possible, all visible, the last row centred. Pure. */

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface GridInput {
  count: number;
  width: number;
  height: number;
  /** Between tiles, in pixels. */
  gap: number;
}

/** A camera picture is 16:9. A tile may be narrower if that fills the window better. */
export const WIDEST = 16 / 9;
export const NARROWEST = 4 / 3;

interface Candidate {
  columns: number;
  rows: number;
  width: number;
  height: number;
}

export function grid({ count, width, height, gap }: GridInput): Rect[] {
  if (count <= 0 || width <= 0 || height <= 0) return [];
  const best = bestCandidate(count, width, height, gap);
  const usedHeight = best.rows * best.height + (best.rows - 1) * gap;
  const top = (height - usedHeight) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / best.columns);
    const inRow = Math.min(best.columns, count - row * best.columns);
    const rowWidth = inRow * best.width + (inRow - 1) * gap;
    const left = (width - rowWidth) / 2;
    return {
      x: Math.round(left + (index - row * best.columns) * (best.width + gap)),
      y: Math.round(top + row * (best.height + gap)),
      width: Math.floor(best.width),
      height: Math.floor(best.height),
    };
  });
}

function bestCandidate(count: number, width: number, height: number, gap: number): Candidate {
  let best: Candidate = { columns: 1, rows: count, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const candidate = { columns, rows, ...fit((width - (columns - 1) * gap) / columns, (height - (rows - 1) * gap) / rows) };
    // With gaps in the last row, areas can be equal. Then fewer columns leave fewer gaps.
    if (candidate.width * candidate.height > best.width * best.height * 1.001) best = candidate;
  }
  return best;
}

/** The largest allowed tile inside a cell. */
export function fit(width: number, height: number): { width: number; height: number } {
  if (width <= 0 || height <= 0) return { width: 0, height: 0 };
  const aspect = Math.min(WIDEST, Math.max(NARROWEST, width / height));
  return width / height > aspect ? { width: height * aspect, height } : { width, height: width / aspect };
}

/** One person large, everyone else in a strip. It is beside or below, so that the large picture has more room. Pure. */
import { fit, NARROWEST, WIDEST, type Rect } from "./grid";

export interface Stage {
  width: number;
  height: number;
  /** Between tiles, in pixels. */
  gap: number;
}

export interface Spotlight {
  large: Rect;
  strip: Rect[];
}

/** At this width in pixels a face and a name can be recognised. Narrower strips count as worse. */
const COMFORTABLE = 160;
/** A strip tile need not be larger than this part of the stage, or than this many pixels. */
const STRIP_PART = 0.2;
const STRIP_MOST = 232;
/** With more rows or columns it would be a grid, not a strip. */
const MAX_LANES = 4;
/** In a strip a picture may be cut to a square, which is better than a small picture. */
const SHAPES = [WIDEST, NARROWEST, 1];

type Side = "right" | "bottom";

interface Candidate {
  side: Side;
  lanes: number;
  inLane: number;
  tile: { width: number; height: number };
  large: { width: number; height: number };
}

export function spotlight(others: number, stage: Stage): Spotlight {
  const { width, height } = stage;
  if (width <= 0 || height <= 0) return { large: { x: 0, y: 0, width: 0, height: 0 }, strip: [] };
  if (others <= 0) return { large: centred(fit(width, height), { x: 0, y: 0, width, height }), strip: [] };
  return place(best(others, stage), others, stage);
}

function best(others: number, stage: Stage): Candidate {
  let found: Candidate | null = null;
  let most = -1;
  for (const side of ["right", "bottom"] as const) {
    for (let lanes = 1; lanes <= Math.min(MAX_LANES, others); lanes += 1) {
      for (const shape of SHAPES) {
        const candidate = consider(side, lanes, shape, others, stage);
        const worth = score(candidate);
        if (worth > most) [found, most] = [candidate, worth];
      }
    }
  }
  return found ?? consider("right", 1, WIDEST, others, stage);
}

function score({ tile, large }: Candidate): number {
  if (tile.width < 1 || tile.height < 1) return 0;
  return large.width * large.height * Math.min(1, tile.width / COMFORTABLE);
}

function consider(side: Side, lanes: number, shape: number, others: number, { width, height, gap }: Stage): Candidate {
  const inLane = Math.ceil(others / lanes);
  const most = Math.min(STRIP_MOST, Math.max(COMFORTABLE, width * STRIP_PART));
  const along = ((side === "right" ? height : width) - (inLane - 1) * gap) / inLane;
  const tileWidth = Math.max(0, Math.min(most, side === "right" ? along * shape : along));
  const tile = { width: tileWidth, height: tileWidth / shape };
  const thickness = lanes * (side === "right" ? tile.width : tile.height) + lanes * gap;
  const large = side === "right" ? fit(width - thickness, height) : fit(width, height - thickness);
  return { side, lanes, inLane, tile, large };
}

/** The strip is filled lane by lane along its length, so that a new tile moves no other. */
function place({ side, lanes, inLane, tile, large }: Candidate, others: number, { width, height, gap }: Stage): Spotlight {
  const right = side === "right";
  const across = lanes * (right ? tile.width : tile.height) + (lanes - 1) * gap;
  const length = inLane * (right ? tile.height : tile.width) + (inLane - 1) * gap;
  const start = ((right ? width : height) - ((right ? large.width : large.height) + gap + across)) / 2;
  const first = start + (right ? large.width : large.height) + gap;
  const offset = ((right ? height : width) - length) / 2;
  const strip = Array.from({ length: others }, (_, index) => {
    const lane = Math.floor(index / inLane);
    const at = index % inLane;
    const a = first + lane * ((right ? tile.width : tile.height) + gap);
    const b = offset + at * ((right ? tile.height : tile.width) + gap);
    return whole({ x: right ? a : b, y: right ? b : a, ...tile });
  });
  const room = right
    ? { x: start, y: 0, width: large.width, height }
    : { x: 0, y: start, width, height: large.height };
  return { large: centred(large, room), strip };
}

function centred(size: { width: number; height: number }, { x, y, width, height }: Rect): Rect {
  return whole({ x: x + (width - size.width) / 2, y: y + (height - size.height) / 2, ...size });
}

/** In whole pixels, so that edges are sharp. A value just below zero from rounding becomes zero. */
function whole({ x, y, width, height }: Rect): Rect {
  const floor = (value: number): number => Math.floor(value + 1e-6);
  return { x: floor(x), y: floor(y), width: floor(width), height: floor(height) };
}

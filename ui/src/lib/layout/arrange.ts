/**
 * Who is shown where: chooses the layout and gives everyone a place. Pure.
 *
 * Among equals the own picture is one of them: it hides no other, and the grid is what the others see too. Where one
 * person is large, it floats in a corner of that picture instead, and the strip is left to the others.
 */
import type { Corner } from "../wire/Corner";
import type { Layout } from "../wire/Layout";
import { floating, hasRoom } from "./corner";
import { grid, type Rect } from "./grid";
import { spotlight, type Stage } from "./spotlight";

/** By itself the stage is a grid up to this many people, oneself included; more would make the one who speaks small. */
export const GRID_UP_TO = 5;

export interface Wish {
  layout: Layout;
  pinned: string | null;
  activeSpeaker: string | null;
  /** Everyone else, in the order they came. */
  others: readonly string[];
}

/** `large` is nobody in a grid. */
export type Shape = { kind: "grid"; large: null } | { kind: "pinned" | "speaker" | "pair"; large: string };

export function choose({ layout, pinned, activeSpeaker, others }: Wish, before: string | null = null): Shape {
  const here = (id: string | null): id is string => id !== null && others.includes(id);
  const [first] = others;
  if (first === undefined) return { kind: "grid", large: null };
  if (here(pinned)) return { kind: "pinned", large: pinned };
  if (layout === "grid") return { kind: "grid", large: null };
  if (layout === "auto" && others.length === 1) return { kind: "pair", large: first };
  if (layout === "auto" && others.length < GRID_UP_TO) return { kind: "grid", large: null };
  // Whoever was large stays until someone else speaks.
  const large = here(activeSpeaker) ? activeSpeaker : here(before) ? before : first;
  return { kind: "speaker", large };
}

/**
 * The order of places when one person is large: the first place is theirs, the others are the strip.
 *
 * Whoever becomes large trades places with who was, so that only two people move.
 */
export function seats(before: readonly string[], others: readonly string[], large: string): string[] {
  const known = new Set(others);
  const sitting = new Set(before);
  const order = [...before.filter((id) => known.has(id)), ...others.filter((id) => !sitting.has(id))];
  const at = order.indexOf(large);
  const front = order[0];
  if (at > 0 && front !== undefined) [order[0], order[at]] = [large, front];
  return order;
}

export interface Cast {
  shape: Shape;
  /** Everyone else: in the order they came for a grid, of their seats otherwise. */
  order: readonly string[];
  /** Oneself, unless hidden. */
  self: string | null;
  /** An empty place at the end of a grid, for the invite. */
  vacant: boolean;
  corner: Corner;
}

export interface Arrangement {
  rects: ReadonlyMap<string, Rect>;
  vacant: Rect | null;
  /** What the own picture floats over, if it does. */
  over: Rect | null;
}

export function arrange({ shape, order, self, vacant, corner }: Cast, stage: Stage): Arrangement {
  if (shape.large === null) {
    const ids = self === null ? [...order] : [...order, self];
    const places = grid({ count: ids.length + (vacant ? 1 : 0), ...stage });
    return { rects: zip(ids, places), vacant: vacant ? (places[ids.length] ?? null) : null, over: null };
  }
  const rest = order.filter((id) => id !== shape.large);
  const apart = spotlight(rest.length, stage);
  if (self !== null && !hasRoom(apart.large)) {
    const { large, strip } = spotlight(rest.length + 1, stage);
    return { rects: zip([shape.large, ...rest, self], [large, ...strip]), vacant: null, over: null };
  }
  const rects = zip([shape.large, ...rest], [apart.large, ...apart.strip]);
  if (self !== null) rects.set(self, floating(apart.large, corner));
  return { rects, vacant: null, over: self === null ? null : apart.large };
}

function zip(ids: readonly string[], places: readonly Rect[]): Map<string, Rect> {
  const rects = new Map<string, Rect>();
  for (const [index, id] of ids.entries()) {
    const place = places[index];
    if (place) rects.set(id, place);
  }
  return rects;
}

/**
 * What is shown where: chooses the layout and gives every feed a place. Pure. Feeds are known by their keys; see
 * `feeds.ts`.
 *
 * In a grid, the own picture is a tile like the others: it hides no other, and the grid is what the others see too. If
 * one feed is large, the own picture floats in a corner of it, and the strip is for the others.
 */
import type { Corner } from "../wire/Corner";
import type { Layout } from "../wire/Layout";
import { mainFeed, type FeedKey } from "./feeds";
import { floating, hasRoom } from "./corner";
import { grid, type Rect } from "./grid";
import { spotlight, type Stage } from "./spotlight";

/**
 * The automatic layout is a grid up to this many tiles, with the own one. With more, the speaking person would be
 * small.
 */
export const GRID_UP_TO = 5;

export interface Wish {
  layout: Layout;
  /** Id of a participant. */
  pinned: string | null;
  /** Id of a participant. */
  activeSpeaker: string | null;
  /** The feeds of everyone else, in the order they came. */
  others: readonly FeedKey[];
}

/** The large feed; null in a grid. */
export type Shape = { kind: "grid"; large: null } | { kind: "pinned" | "speaker" | "pair"; large: FeedKey };

export function choose({ layout, pinned, activeSpeaker, others }: Wish, before: FeedKey | null = null): Shape {
  const wanted = mainFeed(pinned, others);
  const [first] = others;
  if (first === undefined) return { kind: "grid", large: null };
  if (wanted !== null) return { kind: "pinned", large: wanted };
  if (layout === "grid") return { kind: "grid", large: null };
  if (layout === "auto" && others.length === 1) return { kind: "pair", large: first };
  if (layout === "auto" && others.length < GRID_UP_TO) return { kind: "grid", large: null };
  // The large feed stays until someone else speaks.
  const stays = before !== null && others.includes(before) ? before : first;
  const large = mainFeed(activeSpeaker, others) ?? stays;
  return { kind: "speaker", large };
}

/**
 * The order of places when one feed is large: it has the first place, the others form the strip.
 *
 * The feed that becomes large changes places with the one that was large, so only two tiles move.
 */
export function seats(before: readonly FeedKey[], others: readonly FeedKey[], large: FeedKey): FeedKey[] {
  const known = new Set(others);
  const sitting = new Set(before);
  const order = [...before.filter((key) => known.has(key)), ...others.filter((key) => !sitting.has(key))];
  const at = order.indexOf(large);
  const front = order[0];
  if (at > 0 && front !== undefined) [order[0], order[at]] = [large, front];
  return order;
}

export interface Cast {
  shape: Shape;
  /** The feeds of everyone else: in a grid in the order they came, otherwise in the order of their seats. */
  order: readonly FeedKey[];
  /** Our own camera, unless hidden. */
  self: FeedKey | null;
  /** An empty place at the end of a grid, for the invite. */
  vacant: boolean;
  corner: Corner;
}

export interface Arrangement {
  rects: ReadonlyMap<FeedKey, Rect>;
  vacant: Rect | null;
  /** The area over which the own picture floats, if it does. */
  over: Rect | null;
}

export function arrange({ shape, order, self, vacant, corner }: Cast, stage: Stage): Arrangement {
  if (shape.large === null) {
    const keys = self === null ? [...order] : [...order, self];
    const places = grid({ count: keys.length + (vacant ? 1 : 0), ...stage });
    return { rects: zip(keys, places), vacant: vacant ? (places[keys.length] ?? null) : null, over: null };
  }
  const rest = order.filter((key) => key !== shape.large);
  const apart = spotlight(rest.length, stage);
  if (self !== null && !hasRoom(apart.large)) {
    const { large, strip } = spotlight(rest.length + 1, stage);
    return { rects: zip([shape.large, ...rest, self], [large, ...strip]), vacant: null, over: null };
  }
  const rects = zip([shape.large, ...rest], [apart.large, ...apart.strip]);
  if (self !== null) rects.set(self, floating(apart.large, corner));
  return { rects, vacant: null, over: self === null ? null : apart.large };
}

function zip(keys: readonly FeedKey[], places: readonly Rect[]): Map<FeedKey, Rect> {
  const rects = new Map<FeedKey, Rect>();
  for (const [index, key] of keys.entries()) {
    const place = places[index];
    if (place) rects.set(key, place);
  }
  return rects;
}

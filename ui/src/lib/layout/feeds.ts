/**
 * Which feeds have a place on the stage: one tile for each shown feed, known by its key. Pure.
 *
 * Everyone has a tile for their camera, which represents them also while it is off. While they share a screen, it has a
 * second tile. Our own screen has none: it would show itself.
 */
import { feedOf } from "../meeting/feeds";
import type { ParticipantView } from "../wire/ParticipantView";

/** Sources that have a tile. */
export type PictureSource = "camera" | "screen";

/** A participant's id and a source, in one string. */
export type FeedKey = string;

export interface ShownFeed {
  key: FeedKey;
  participant: ParticipantView;
  source: PictureSource;
  /** Number on the frame socket. */
  number: number;
}

export function feedKey(participant: string, source: PictureSource): FeedKey {
  return `${participant}/${source}`;
}

/** The participant that the feed belongs to. */
export function participantOf(key: FeedKey): string {
  return key.slice(0, key.lastIndexOf("/"));
}

/** The tiles of one participant, the more important first: people share a screen so that others look at it. */
export function shownFeeds(participant: ParticipantView, own = false): ShownFeed[] {
  const sources: PictureSource[] = participant.media.screen && !own ? ["screen", "camera"] : ["camera"];
  return sources.map((source) => ({
    key: feedKey(participant.id, source),
    participant,
    source,
    number: feedOf(participant, source).number,
  }));
}

/** The large feed when this participant is large: the first of theirs among the shown ones. */
export function mainFeed(participant: string | null, shown: readonly FeedKey[]): FeedKey | null {
  return shown.find((key) => participantOf(key) === participant) ?? null;
}

/**
 * What has a place on the stage: one tile for each feed that is shown, known by its key. Pure.
 *
 * Everyone has a tile for their camera, which stands for them also while it is off. A screen has a second tile while it is
 * shared. Our own screen has none: it would show itself.
 */
import { feedOf } from "../meeting/feeds";
import type { ParticipantView } from "../wire/ParticipantView";

/** Sources that have a tile. */
export type PictureSource = "camera" | "screen";

/** A participant's id and a source, as one word. */
export type FeedKey = string;

export interface ShownFeed {
  key: FeedKey;
  participant: ParticipantView;
  source: PictureSource;
  /** On the frame socket. */
  number: number;
}

export function feedKey(participant: string, source: PictureSource): FeedKey {
  return `${participant}/${source}`;
}

/** Whose feed it is. */
export function participantOf(key: FeedKey): string {
  return key.slice(0, key.lastIndexOf("/"));
}

/** The tiles of one participant, the more important first: a screen is shared to be looked at. */
export function shownFeeds(participant: ParticipantView, own = false): ShownFeed[] {
  const sources: PictureSource[] = participant.media.screen && !own ? ["screen", "camera"] : ["camera"];
  return sources.map((source) => ({
    key: feedKey(participant.id, source),
    participant,
    source,
    number: feedOf(participant, source).number,
  }));
}

/** The feed that is large when its participant is: the first of theirs among those shown. */
export function mainFeed(participant: string | null, shown: readonly FeedKey[]): FeedKey | null {
  return shown.find((key) => participantOf(key) === participant) ?? null;
}

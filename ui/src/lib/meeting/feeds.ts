/** What a participant sends, by source. */
import type { FeedView } from "../wire/FeedView";
import type { ParticipantView } from "../wire/ParticipantView";
import type { TrackSource } from "../wire/TrackSource";

/** A number that the core never gives to a feed. */
const UNUSED = 0xffff_ffff;

/** The feed of a source. The core lists one for each source. A missing one has no pictures. */
export function feedOf(participant: ParticipantView, source: TrackSource): FeedView {
  return participant.feeds.find((feed) => feed.source === source) ?? { source, number: UNUSED, hasPicture: false };
}

/** Whether their camera is on and a picture of it has come. */
export function isSeen(participant: ParticipantView): boolean {
  return participant.media.camera && feedOf(participant, "camera").hasPicture;
}

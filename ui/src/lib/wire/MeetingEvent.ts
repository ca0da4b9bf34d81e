import type { MeetingSnapshot } from "./MeetingSnapshot";
import type { Notice } from "./Notice";
import type { ParticipantView } from "./ParticipantView";
import type { SignalingState } from "./SignalingState";

/**
 * What changed.
 */
export type MeetingEvent = { "type": "snapshot", snapshot: MeetingSnapshot, } | { "type": "participant", participant: ParticipantView, } | { "type": "participantLeft", id: string, } | { "type": "self", self: ParticipantView, } | { "type": "signaling", state: SignalingState, } | { "type": "notice", code: Notice, } | { "type": "ended", code: string | null, };

import type { ParticipantView } from "./ParticipantView";
import type { SignalingState } from "./SignalingState";

/**
 * The whole meeting at one moment.
 */
export type MeetingSnapshot = { self: ParticipantView, participants: Array<ParticipantView>, invite: string, signaling: SignalingState, startedAtMs: number, };

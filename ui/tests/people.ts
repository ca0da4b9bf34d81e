/** Meetings to test with. */
import type { MeetingSnapshot } from "../src/lib/wire/MeetingSnapshot";
import type { ParticipantView } from "../src/lib/wire/ParticipantView";

export function person(id: string, change: Partial<ParticipantView> = {}): ParticipantView {
  return {
    id,
    name: `Person ${id}`,
    tile: Number.parseInt(id, 16),
    state: "connected",
    stateSinceMs: 1000,
    media: { revision: 1, microphone: true, camera: true, screen: false, hand: false },
    attempt: 0,
    hasVideo: true,
    present: true,
    acknowledgedRevision: 1,
    listening: { volume: 100, muted: false },
    ...change,
  };
}

export function meeting(...ids: string[]): MeetingSnapshot {
  return {
    self: person("0", { name: "Ada" }),
    participants: ids.map((id) => person(id)),
    invite: "holdfast://join/127.0.0.1:4000/blue#c2VjcmV0",
    signaling: "connected",
    startedAtMs: 1000,
  };
}

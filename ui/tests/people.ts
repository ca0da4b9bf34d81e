/** Meetings to test with. */
import { DEFAULTS } from "../src/lib/meeting/preferences.svelte";
import type { MeetingSnapshot } from "../src/lib/wire/MeetingSnapshot";
import type { ParticipantView } from "../src/lib/wire/ParticipantView";
import type { Preferences } from "../src/lib/wire/Preferences";

export function person(id: string, change: Partial<ParticipantView> = {}): ParticipantView {
  return {
    id,
    name: `Person ${id}`,
    feeds: [{ source: "camera", number: Number.parseInt(id, 16), hasPicture: true }],
    state: "connected",
    stateSinceMs: 1000,
    media: { revision: 1, microphone: true, camera: true, screen: false, hand: false },
    attempt: 0,
    present: true,
    acknowledgedRevision: 1,
    listening: { volume: 100, muted: false },
    handSinceMs: null,
    hears: null,
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
    pinned: null,
    devices: { camera: null, microphone: null, speaker: null },
    chat: { revision: 0, unread: 0 },
  };
}

export function preferences(change: Partial<Preferences> = {}): Preferences {
  return { ...DEFAULTS, ...change };
}

/** Which changes are told to someone who does not see the window. Pure. */
import type { PeerState } from "../wire/PeerState";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { ParticipantView } from "../wire/ParticipantView";

export type Change =
  | { kind: "entered"; others: number }
  | { kind: "joined" | "left" | "reconnecting" | "reconnected" | "failed" | "hand_raised"; name: string }
  | { kind: "microphone_on" | "microphone_off" | "camera_on" | "camera_off" | "own_hand_raised" | "own_hand_lowered" }
  | { kind: "signaling_lost" | "signaling_back" };

export function changes(before: MeetingSnapshot | null, after: MeetingSnapshot | null): Change[] {
  if (!after) return [];
  if (!before) return [{ kind: "entered", others: after.participants.length }];
  return [...roster(before, after), ...own(before.self, after.self), ...signaling(before, after)];
}

function roster(before: MeetingSnapshot, after: MeetingSnapshot): Change[] {
  if (before.participants === after.participants) return [];
  const old = new Map(before.participants.map((one) => [one.id, one]));
  const found: Change[] = [];
  for (const now of after.participants) {
    const was = old.get(now.id);
    old.delete(now.id);
    if (!was) found.push({ kind: "joined", name: now.name });
    else found.push(...participant(was, now));
  }
  for (const gone of old.values()) found.push({ kind: "left", name: gone.name });
  return found;
}

function participant(was: ParticipantView, now: ParticipantView): Change[] {
  const found: Change[] = [];
  const kind = connection(was.state, now.state);
  if (kind) found.push({ kind, name: now.name });
  if (now.media.hand && !was.media.hand) found.push({ kind: "hand_raised", name: now.name });
  return found;
}

function connection(was: PeerState, now: PeerState): "reconnecting" | "reconnected" | "failed" | null {
  if (was === now) return null;
  // After "failed" this is another try, which was announced when it was asked for.
  if (now === "failed" || (now === "reconnecting" && was !== "failed")) return now;
  if (now === "connected" && (was === "reconnecting" || was === "failed")) return "reconnected";
  return null;
}

function own({ media: was }: ParticipantView, { media: now }: ParticipantView): Change[] {
  const found: Change[] = [];
  if (was.microphone !== now.microphone) found.push({ kind: now.microphone ? "microphone_on" : "microphone_off" });
  if (was.camera !== now.camera) found.push({ kind: now.camera ? "camera_on" : "camera_off" });
  if (was.hand !== now.hand) found.push({ kind: now.hand ? "own_hand_raised" : "own_hand_lowered" });
  return found;
}

function signaling(before: MeetingSnapshot, after: MeetingSnapshot): Change[] {
  if (before.signaling === after.signaling) return [];
  return [{ kind: after.signaling === "reconnecting" ? "signaling_lost" : "signaling_back" }];
}

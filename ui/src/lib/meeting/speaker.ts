/** Who to show if there is room for one. Pure. */
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { ParticipantView } from "../wire/ParticipantView";

/** The pinned person. If there is none, the one who speaks, or else the first one. Never ourselves. */
export function speaker({ participants, pinned }: MeetingSnapshot, activeSpeaker: string | null): ParticipantView | null {
  const find = (id: string | null): ParticipantView | undefined => participants.find((one) => one.id === id);
  return find(pinned) ?? find(activeSpeaker) ?? participants[0] ?? null;
}

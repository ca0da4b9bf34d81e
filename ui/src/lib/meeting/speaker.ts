/** Who to show if there is room for one. Pure. */
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { ParticipantView } from "../wire/ParticipantView";

/** The pinned person, else the one who speaks, else the first one there. Never ourselves. */
export function speaker({ participants, pinned }: MeetingSnapshot, activeSpeaker: string | null): ParticipantView | null {
  const find = (id: string | null): ParticipantView | undefined => participants.find((one) => one.id === id);
  return find(pinned) ?? find(activeSpeaker) ?? participants[0] ?? null;
}

/** Whom to show where there is room for one. Pure. */
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { ParticipantView } from "../wire/ParticipantView";

/** Who was pinned, else who speaks, else the first one there. Never oneself. */
export function speaker({ participants, pinned }: MeetingSnapshot, activeSpeaker: string | null): ParticipantView | null {
  const find = (id: string | null): ParticipantView | undefined => participants.find((one) => one.id === id);
  return find(pinned) ?? find(activeSpeaker) ?? participants[0] ?? null;
}

/** A snapshot plus events makes the next snapshot. Pure; entries that did not change stay the same objects. */
import type { MeetingEvent } from "../wire/MeetingEvent";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { ParticipantView } from "../wire/ParticipantView";

export function merge(meeting: MeetingSnapshot | null, event: MeetingEvent): MeetingSnapshot | null {
  if (event.type === "snapshot") {
    const { snapshot } = event;
    return { ...snapshot, participants: snapshot.participants.filter(present) };
  }
  if (event.type === "ended") return null;
  // A delta without a snapshot belongs to a meeting this page has left or not yet entered.
  if (!meeting) return null;
  switch (event.type) {
    case "self":
      return { ...meeting, self: event.self };
    case "participant":
      return { ...meeting, participants: withParticipant(meeting.participants, event.participant) };
    case "participantLeft":
      return { ...meeting, participants: meeting.participants.filter(({ id }) => id !== event.id) };
    case "signaling":
      return { ...meeting, signaling: event.state };
    case "pinned":
      return { ...meeting, pinned: event.id };
    case "chat":
      return { ...meeting, chat: event.chat };
    case "devices":
      return { ...meeting, devices: event.devices };
    // Kept beside the meeting: they change many times a second, and would make the whole meeting change as often.
    case "levels":
    case "quality":
    case "mutedVoice":
    case "notice":
    case "solved":
      return meeting;
  }
}

function present(participant: ParticipantView): boolean {
  return participant.state !== "left";
}

function withParticipant(all: ParticipantView[], participant: ParticipantView): ParticipantView[] {
  if (!present(participant)) return all.filter(({ id }) => id !== participant.id);
  const known = all.some(({ id }) => id === participant.id);
  return known ? all.map((one) => (one.id === participant.id ? participant : one)) : [...all, participant];
}

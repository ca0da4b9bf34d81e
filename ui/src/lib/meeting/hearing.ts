/** Who can hear whom, as far as we were told. Pure. */
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { ParticipantView } from "../wire/ParticipantView";

/** `muted`: there is nothing to hear. `unknown`: they have not told us, or their version cannot. */
export type Hearing = "hears" | "deaf" | "muted" | "unknown" | "self";

export interface Row {
  listener: ParticipantView;
  /** One for each person, in the order of the rows. */
  cells: Hearing[];
}

export interface Gap {
  listener: ParticipantView;
  speaker: ParticipantView;
}

export function hearing({ self, participants }: MeetingSnapshot): Row[] {
  const people = [self, ...participants];
  return people.map((listener) => ({
    listener,
    cells: people.map((speaker) => cell(listener, speaker, self.id)),
  }));
}

/** Everyone who does not hear someone. */
export function gaps(rows: readonly Row[]): Gap[] {
  return rows.flatMap(({ listener, cells }) =>
    cells.flatMap((cell, index) => {
      const speaker = rows[index]?.listener;
      return cell === "deaf" && speaker ? [{ listener, speaker }] : [];
    }),
  );
}

function cell(listener: ParticipantView, speaker: ParticipantView, self: string): Hearing {
  if (listener.id === speaker.id) return "self";
  // We know ourselves what we hear: it follows from the connection.
  const told = listener.hears ?? (listener.id === self && speaker.state === "connected" ? [speaker.id] : null);
  if (told?.includes(speaker.id)) return speaker.media.microphone ? "hears" : "muted";
  if (!speaker.media.microphone) return "muted";
  if (told === null && listener.id !== self) return "unknown";
  return "deaf";
}

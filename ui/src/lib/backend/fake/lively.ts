/** Events of a meeting, one after another, the same every time. */
import type { MeetingEvent } from "../../wire/MeetingEvent";
import type { ParticipantView } from "../../wire/ParticipantView";

const EVERY_MS = 2500;

type Happening = (one: ParticipantView) => MeetingEvent;

function changed(change: (one: ParticipantView) => Partial<ParticipantView>): Happening {
  return (one) => ({ type: "participant", participant: { ...one, ...change(one), stateSinceMs: Date.now() } });
}

function media(change: Partial<ParticipantView["media"]>): Happening {
  return changed((one) => ({ media: { ...one.media, ...change, revision: one.media.revision + 1 } }));
}

export class Liveliness {
  #timer: ReturnType<typeof setInterval>;
  #turn = 0;
  #gone: ParticipantView[] = [];

  constructor(people: () => readonly ParticipantView[], emit: (event: MeetingEvent) => void) {
    const happenings: Happening[] = [
      media({ hand: true }),
      changed(() => ({ state: "reconnecting" })),
      media({ microphone: false }),
      changed(() => ({ state: "connected" })),
      media({ camera: false }),
      media({ hand: false, camera: true, microphone: true }),
      (one) => {
        this.#gone.push(one);
        return { type: "participantLeft", id: one.id };
      },
    ];
    this.#timer = setInterval(() => {
      const step = this.#turn % (happenings.length + 1);
      const back = this.#gone.pop();
      const one = people()[Math.floor(this.#turn / 2) % Math.max(1, people().length)];
      this.#turn += 1;
      if (back) emit({ type: "participant", participant: { ...back, state: "connected" } });
      else if (one) {
        const event = happenings[step]?.(one);
        if (event) emit(event);
      }
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

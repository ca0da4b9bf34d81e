/** People take turns speaking, the same every time, and their connections have different qualities. */
import { feedOf } from "../../meeting/feeds";
import type { MeetingEvent } from "../../wire/MeetingEvent";
import type { MeetingSnapshot } from "../../wire/MeetingSnapshot";
import type { Quality } from "../../wire/Quality";

const EVERY_MS = 100;
const QUALITY_EVERY_MS = 2000;
/** How long each one speaks. */
const TURN_MS = 4000;
const STEPS = 32;

/** A voice: syllables, words and breath; 0 to 1, in the same steps as the core's. */
export function voice(atMs: number, seed: number): number {
  const seconds = atMs / 1000 + seed * 1.7;
  const loud = 0.55 + 0.3 * Math.sin(seconds * 9) * Math.sin(seconds * 2.3) + 0.15 * Math.sin(seconds * 23);
  const breath = Math.sin(seconds * 0.9) > -0.75 ? 1 : 0;
  return Math.round(Math.max(0, Math.min(1, loud * breath)) * STEPS) / STEPS;
}

const GRADES: readonly Omit<Quality, "id">[] = [
  { grade: "excellent", rttMs: 18, lossIn: 0, lossOut: 0, kbpsIn: 1240, kbpsOut: 1180 },
  { grade: "good", rttMs: 142, lossIn: 0.012, lossOut: 0.008, kbpsIn: 910, kbpsOut: 1090 },
  { grade: "poor", rttMs: 410, lossIn: 0.064, lossOut: 0.021, kbpsIn: 310, kbpsOut: 640 },
];

export class Speech {
  #timers: ReturnType<typeof setInterval>[];

  constructor(meeting: () => MeetingSnapshot | null, emit: (event: MeetingEvent) => void, silent: boolean) {
    const begun = performance.now();
    const every = (ms: number, event: (now: MeetingSnapshot) => MeetingEvent): ReturnType<typeof setInterval> =>
      setInterval(() => {
        const now = meeting();
        if (now) emit(event(now));
      }, ms);
    this.#timers = [every(QUALITY_EVERY_MS, quality)];
    if (!silent) this.#timers.push(every(EVERY_MS, (now) => levels(now, performance.now() - begun)));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}

function levels(meeting: MeetingSnapshot, atMs: number): MeetingEvent {
  const open = meeting.participants.filter(({ media, state }) => media.microphone && state === "connected");
  const speaker = open[Math.floor(atMs / TURN_MS) % Math.max(1, open.length)];
  const level = speaker ? voice(atMs, feedOf(speaker, "camera").number) : 0;
  return {
    type: "levels",
    me: 0,
    levels: speaker && level > 0 ? [{ feed: { participant: speaker.id, source: "microphone" as const }, level }] : [],
    activeSpeaker: speaker?.id ?? null,
  };
}

function quality(meeting: MeetingSnapshot): MeetingEvent {
  const broken = { grade: "disconnected", rttMs: null, lossIn: null, lossOut: null, kbpsIn: 0, kbpsOut: 0 } as const;
  const qualities = meeting.participants.map((participant) => ({
    id: participant.id,
    ...(participant.state === "connected" ? GRADES[(feedOf(participant, "camera").number - 1) % GRADES.length]! : broken),
  }));
  return { type: "quality", qualities };
}

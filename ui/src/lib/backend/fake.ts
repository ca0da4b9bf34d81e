/**
 * A backend for a plain browser: people who are not there, moving pictures, states that change.
 *
 * For design work and tests of the page. What it shows is chosen in the address:
 * `?meeting` starts in a meeting, `people=5` others, `mixed` puts them into different states, `lively` changes states
 * as time goes by, `frames=i420|vp8|none` chooses their pictures. Joining a room named after an error code, such as
 * `wrong-secret`, fails with it.
 */
import { roomOf } from "../links";
import type { MeetingEvent } from "../wire/MeetingEvent";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { ParticipantView } from "../wire/ParticipantView";
import type { Backend, Entry } from "./backend";
import { PictureShow } from "./fake/pictures";
import { Liveliness } from "./fake/lively";
import { mixed, others, oneself } from "./fake/people";

const INVITE = "holdfast://join/192.168.1.20:41873/quiet-harbour#q0m3Zk5Yv7c1d9rT2xWb8LhJfGsN6aPuEoViRy4KtMw";
/** Long enough to see that something is under way. */
const ANSWER_MS = 350;

type Command = () => void;

class FakeCore {
  meeting: MeetingSnapshot | null = null;
  #listeners = new Set<(event: MeetingEvent) => void>();
  #options: URLSearchParams;
  #lively: Liveliness | null = null;
  readonly pictures: PictureShow;

  constructor(options: URLSearchParams) {
    this.#options = options;
    this.pictures = new PictureShow(options.get("frames"), () => this.#sending());
    if (options.has("meeting")) this.enter(INVITE, { name: "Ada Lovelace", microphone: true, camera: true });
  }

  enter(invite: string, entry: Entry): MeetingSnapshot {
    const people = others(Number(this.#options.get("people") ?? 3));
    this.meeting = {
      self: oneself(entry),
      participants: this.#options.has("mixed") ? mixed(people) : people,
      invite,
      signaling: this.#options.has("signaling") ? "reconnecting" : "connected",
      startedAtMs: Date.now() - (this.#options.has("meeting") ? 754_000 : 0),
    };
    if (this.#options.has("lively")) {
      this.#lively = new Liveliness(
        () => this.meeting?.participants ?? [],
        (event) => this.emit(event),
      );
    }
    this.emit({ type: "snapshot", snapshot: this.meeting });
    return this.meeting;
  }

  leave(): void {
    this.#lively?.stop();
    this.#lively = null;
    this.meeting = null;
    this.emit({ type: "ended", code: null });
  }

  changeSelf(change: Partial<ParticipantView["media"]>): void {
    if (!this.meeting) return;
    const { media } = this.meeting.self;
    const self = { ...this.meeting.self, media: { ...media, ...change, revision: media.revision + 1 } };
    this.emit({ type: "self", self });
  }

  emit(event: MeetingEvent): void {
    // The fake keeps its truth the way the page keeps its copy, but must not share its code.
    if (this.meeting && event.type === "self") this.meeting = { ...this.meeting, self: event.self };
    if (this.meeting && event.type === "participant") {
      const { participant } = event;
      const rest = this.meeting.participants.filter(({ id }) => id !== participant.id);
      this.meeting = { ...this.meeting, participants: [...rest, participant].sort((a, b) => a.tile - b.tile) };
    }
    if (this.meeting && event.type === "participantLeft") {
      const participants = this.meeting.participants.filter(({ id }) => id !== event.id);
      this.meeting = { ...this.meeting, participants };
    }
    for (const listener of this.#listeners) listener(structuredClone(event));
  }

  listen(listener: (event: MeetingEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.meeting) listener({ type: "snapshot", snapshot: structuredClone(this.meeting) });
    return () => this.#listeners.delete(listener);
  }

  #sending(): ParticipantView[] {
    if (!this.meeting) return [];
    return [this.meeting.self, ...this.meeting.participants].filter(({ media, hasVideo }) => media.camera && hasVideo);
  }
}

function answer<T>(value: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setTimeout(() => {
      try {
        resolve(value());
      } catch (reason) {
        reject(reason as Error);
      }
    }, ANSWER_MS);
  });
}

/** Rooms whose name is an error code, with `-` for `_`. */
function refuse(link: string): void {
  const code = roomOf(link).replaceAll("-", "_");
  const codes = ["wrong_secret", "room_full", "unreachable", "unsupported_version", "malformed_link"];
  if (codes.includes(code)) throw Object.assign(new Error(code), { code, detail: {} });
}

export function fake(options: URLSearchParams): Backend {
  const core = new FakeCore(options);
  const now = (command: Command): Promise<void> => Promise.resolve().then(command);
  return {
    host: (entry) => answer(() => core.enter(INVITE, entry)),
    join: (link, entry) =>
      answer(() => {
        refuse(link);
        return core.enter(link, entry);
      }),
    leave: () => now(() => core.leave()),
    setMicrophone: (on) => now(() => core.changeSelf({ microphone: on })),
    setCamera: (on) =>
      now(() => {
        if (on && options.has("no-camera")) core.emit({ type: "notice", code: "camera_unavailable" });
        else core.changeSelf({ camera: on });
      }),
    setHand: (on) => now(() => core.changeSelf({ hand: on })),
    snapshot: () => Promise.resolve(core.meeting),
    subscribe: (listener) => Promise.resolve(core.listen(listener)),
    copyInvite: () => navigator.clipboard.writeText(core.meeting?.invite ?? ""),
    preferences: () => Promise.resolve({ name: options.get("name") ?? "" }),
    setName: () => Promise.resolve(),
    devices: () => Promise.resolve({ cameras: [], microphones: [], speakers: [] }),
    frameSocket: () => Promise.reject(Object.assign(new Error("no socket in a browser"), { code: "unavailable" })),
    framesOverIpc: (_format, listener) => Promise.resolve(core.pictures.show(listener)),
    frameCredit: (tile) => now(() => core.pictures.credit(tile)),
    frameFormat: (tile, format) => now(() => core.pictures.format(tile, format)),
    requestKeyframe: (tile) => now(() => core.pictures.keyframe(tile)),
  };
}

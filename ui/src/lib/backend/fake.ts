/**
 * A backend for a plain browser: people who are not there, moving pictures, states that change.
 *
 * For design work and tests of the page. What it shows is chosen in the address:
 * `?meeting` starts in a meeting, `people=5` others, `mixed` puts them into different states, `lively` changes states
 * as time goes by, `frames=i420|vp8|none` chooses their pictures. `deaf` others never hold our newest state.
 * `last-call` offers to rejoin, `last-call=unreachable` in vain. Joining a room named after an error code, such as
 * `wrong-secret`, fails with it.
 */
import { roomOf } from "../links";
import type { LastCall } from "../wire/LastCall";
import type { Listening } from "../wire/Listening";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { PageEvent } from "../wire/PageEvent";
import type { ParticipantView } from "../wire/ParticipantView";
import type { Backend, Entry } from "./backend";
import { PictureShow } from "./fake/pictures";
import { Liveliness } from "./fake/lively";
import { mixed, others, oneself } from "./fake/people";

const INVITE = "holdfast://join/192.168.1.20:41873/quiet-harbour#q0m3Zk5Yv7c1d9rT2xWb8LhJfGsN6aPuEoViRy4KtMw";
/** Long enough to see that something is under way. */
const ANSWER_MS = 350;
/** The others' answer to a change of ours, and the time a repair takes here. */
const ACKNOWLEDGED_MS = 80;
const REPAIR_MS = 2500;

type Command = () => void;

class FakeCore {
  meeting: MeetingSnapshot | null = null;
  lastCall: LastCall | null = null;
  #listeners = new Set<(event: PageEvent) => void>();
  #options: URLSearchParams;
  #lively: Liveliness | null = null;
  readonly pictures: PictureShow;

  constructor(options: URLSearchParams) {
    this.#options = options;
    this.pictures = new PictureShow(options.get("frames"), () => this.#sending());
    if (options.has("last-call")) {
      const devices = { microphone: false, camera: true };
      this.lastCall = { room: roomOf(INVITE), ...devices, hosting: options.has("hosting"), atMs: Date.now() - 200_000 };
    }
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
    this.lastCall = null;
    this.emit({ type: "snapshot", snapshot: this.meeting });
    this.tellLastCall(false);
    return this.meeting;
  }

  tellLastCall(rejoining: boolean): void {
    this.emit({ type: "lastCall", call: this.lastCall, rejoining });
  }

  forgetLastCall(): void {
    this.lastCall = null;
    this.tellLastCall(false);
  }

  change(id: string, change: Partial<ParticipantView>): void {
    const participant = this.meeting?.participants.find((one) => one.id === id);
    if (participant) this.emit({ type: "participant", participant: { ...participant, ...change } });
  }

  retry(id: string): void {
    this.change(id, { state: "reconnecting", stateSinceMs: Date.now() });
    setTimeout(() => this.change(id, { state: "connected", stateSinceMs: Date.now() }), REPAIR_MS);
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
    if (this.#options.has("deaf")) return;
    setTimeout(() => {
      for (const { id, state } of this.meeting?.participants ?? []) {
        if (state === "connected") this.change(id, { acknowledgedRevision: self.media.revision });
      }
    }, ACKNOWLEDGED_MS);
  }

  emit(event: PageEvent): void {
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

  listen(listener: (event: PageEvent) => void): () => void {
    this.#listeners.add(listener);
    listener({ type: "lastCall", call: this.lastCall, rejoining: false });
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
    rejoin: () => {
      core.tellLastCall(true);
      return answer(() => {
        core.tellLastCall(false);
        const code = options.get("last-call");
        if (code) throw Object.assign(new Error(code), { code, detail: {} });
        return core.enter(INVITE, { name: "Ada Lovelace", microphone: false, camera: true });
      });
    },
    forgetLastCall: () => now(() => core.forgetLastCall()),
    leave: () => now(() => core.leave()),
    setMicrophone: (on) => now(() => core.changeSelf({ microphone: on })),
    setCamera: (on) =>
      now(() => {
        if (on && options.has("no-camera")) core.emit({ type: "notice", code: "camera_unavailable" });
        else core.changeSelf({ camera: on });
      }),
    setHand: (on) => now(() => core.changeSelf({ hand: on })),
    retry: (participant) => now(() => core.retry(participant)),
    setListening: (participant, listening: Listening) => now(() => core.change(participant, { listening })),
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

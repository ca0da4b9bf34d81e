/** The state of the fake: the meeting, the choices, and the listeners. */
import { roomOf } from "../../links";
import { feedOf, isSeen } from "../../meeting/feeds";
import type { DeviceKind } from "../../wire/DeviceKind";
import type { LastCall } from "../../wire/LastCall";
import type { MeetingSnapshot } from "../../wire/MeetingSnapshot";
import type { PageEvent } from "../../wire/PageEvent";
import type { ParticipantView } from "../../wire/ParticipantView";
import type { Preferences } from "../../wire/Preferences";
import type { RecentMeeting } from "../../wire/RecentMeeting";
import type { Entry } from "../backend";
import { RECENT, fakePreferences } from "./preferences";
import { FakeChat } from "./chat";
import { Troubles } from "./diagnostics";
import { Liveliness } from "./lively";
import { mixed, oneself, others, sharing } from "./people";
import { PictureShow } from "./pictures";
import { FakePreview } from "./preview";
import { Speech } from "./speech";

export const INVITE = "holdfast://join/192.168.1.20:41873/quiet-harbour#q0m3Zk5Yv7c1d9rT2xWb8LhJfGsN6aPuEoViRy4KtMw";
/** How long the others take to answer a change of ours, and how long a repair takes here. */
const ACKNOWLEDGED_MS = 80;
const REPAIR_MS = 2500;
/** How long after muting the fake reports speech into the closed microphone. */
const MUTED_VOICE_MS = 300;

export class FakeCore {
  meeting: MeetingSnapshot | null = null;
  lastCall: LastCall | null = null;
  preferences: Preferences;
  recent: RecentMeeting[];
  readonly preview = new FakePreview();
  readonly troubles = new Troubles();
  readonly chat: FakeChat;
  #listeners = new Set<(event: PageEvent) => void>();
  #options: URLSearchParams;
  #lively: Liveliness | null = null;
  #speech: Speech | null = null;
  readonly pictures: PictureShow;

  constructor(options: URLSearchParams) {
    this.#options = options;
    this.chat = new FakeChat(() => this.meeting, (chat) => this.emit({ type: "chat", chat }));
    this.preferences = fakePreferences(options);
    this.recent = options.has("recent") ? RECENT : [];
    this.pictures = new PictureShow(options.get("frames"), () => this.#sending());
    if (options.has("last-call")) {
      const devices = { microphone: false, camera: true };
      this.lastCall = { room: roomOf(INVITE), ...devices, hosting: options.has("hosting"), atMs: Date.now() - 200_000 };
    }
    if (options.has("meeting")) this.enter(INVITE, { name: "Ada Lovelace", microphone: true, camera: true });
  }

  enter(invite: string, entry: Entry): MeetingSnapshot {
    const everyone = others(Number(this.#options.get("people") ?? 3));
    const people = this.#options.has("sharing") ? sharing(everyone) : everyone;
    this.meeting = {
      self: oneself(entry),
      participants: this.#options.has("mixed") ? mixed(people) : people,
      invite,
      signaling: this.#options.has("signaling") ? "reconnecting" : "connected",
      startedAtMs: Date.now() - (this.#options.has("meeting") ? 754_000 : 0),
      pinned: null,
      devices: this.preferences.devices,
      chat: { revision: 0, unread: 0 },
    };
    this.chat.begin(Number(this.#options.get("chat") ?? 0));
    this.meeting.chat = this.chat.standing;
    this.preview.end();
    this.#speech = new Speech(
      () => this.meeting,
      (event) => this.emit(event),
      this.#options.has("still"),
    );
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

  changePreferences(change: Partial<Preferences>): Preferences {
    if (this.#options.has("full-disk")) throw Object.assign(new Error("full"), { code: "preferences_not_saved", detail: {} });
    this.preferences = { ...this.preferences, ...change };
    this.emit({ type: "preferences", preferences: this.preferences });
    return this.preferences;
  }

  chooseDevice(kind: DeviceKind, id: string | null): void {
    const devices = { ...this.preferences.devices, [kind]: id };
    this.changePreferences({ devices });
    if (this.meeting) this.emit({ type: "devices", devices });
  }

  forgetRecent(id: number): void {
    this.recent = this.recent.filter((one) => one.id !== id);
    this.emit({ type: "recent", meetings: this.recent });
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
    this.#speech?.stop();
    this.#speech = null;
    this.meeting = null;
    this.emit({ type: "ended", code: null });
  }

  changeSelf(change: Partial<ParticipantView["media"]>): void {
    if (!this.meeting) return;
    const { media } = this.meeting.self;
    const handSinceMs = (change.hand ?? media.hand) ? (this.meeting.self.handSinceMs ?? Date.now()) : null;
    const self = { ...this.meeting.self, handSinceMs, media: { ...media, ...change, revision: media.revision + 1 } };
    this.emit({ type: "self", self });
    if (this.#options.has("muted-voice") && !self.media.microphone) {
      setTimeout(() => this.emit({ type: "mutedVoice" }), MUTED_VOICE_MS);
    }
    if (this.#options.has("deaf")) return;
    setTimeout(() => {
      for (const { id, state } of this.meeting?.participants ?? []) {
        if (state === "connected") this.change(id, { acknowledgedRevision: self.media.revision });
      }
    }, ACKNOWLEDGED_MS);
  }

  emit(event: PageEvent): void {
    // The fake keeps its state in the same way as the page keeps its copy, but must not share the page's code.
    if (this.meeting && event.type === "self") this.meeting = { ...this.meeting, self: event.self };
    if (this.meeting && event.type === "participant") {
      const { participant } = event;
      const rest = this.meeting.participants.filter(({ id }) => id !== participant.id);
      this.meeting = { ...this.meeting, participants: [...rest, participant].sort((a, b) => feedOf(a, "camera").number - feedOf(b, "camera").number) };
    }
    if (this.meeting && event.type === "participantLeft") {
      const participants = this.meeting.participants.filter(({ id }) => id !== event.id);
      this.meeting = { ...this.meeting, participants };
    }
    if (this.meeting && event.type === "pinned") this.meeting = { ...this.meeting, pinned: event.id };
    if (this.meeting && event.type === "devices") this.meeting = { ...this.meeting, devices: event.devices };
    for (const listener of this.#listeners) listener(structuredClone(event));
  }

  listen(listener: (event: PageEvent) => void): () => void {
    this.#listeners.add(listener);
    listener({ type: "preferences", preferences: this.preferences });
    listener({ type: "recent", meetings: this.recent });
    listener({ type: "lastCall", call: this.lastCall, rejoining: false });
    const [link, fault] = [this.#options.get("link"), this.#options.get("fault")];
    if (this.#options.has("reset")) listener({ type: "preferencesReset" });
    if (fault !== null) listener({ type: "fault", code: fault });
    if (link !== null && !this.meeting) listener({ type: "link", link: link || INVITE });
    if (this.meeting) listener({ type: "snapshot", snapshot: structuredClone(this.meeting) });
    return () => this.#listeners.delete(listener);
  }

  #sending(): ParticipantView[] {
    if (!this.meeting) return this.preview.camera ? [oneself({ name: "", microphone: false, camera: true })] : [];
    return [this.meeting.self, ...this.meeting.participants].filter(isSeen);
  }
}

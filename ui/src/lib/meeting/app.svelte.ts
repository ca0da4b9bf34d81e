/**
 * What the window shows: the copy of the meeting, and the sentences that wait to be read.
 *
 * It decides nothing: a control asks the core, and the picture changes when the core says so.
 */
import { toAppError, type Backend, type Entry } from "../backend/backend";
import { announcement } from "../text/announce";
import { cleanName } from "../names";
import { fill, plural, text } from "../text/catalogue";
import type { ChatMessage } from "../wire/ChatMessage";
import type { LastCall } from "../wire/LastCall";
import type { LinkDetails } from "../wire/LinkDetails";
import type { MeetingEvent } from "../wire/MeetingEvent";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { PageEvent } from "../wire/PageEvent";
import type { RecentMeeting } from "../wire/RecentMeeting";
import { Zoom } from "../zoom/zoom.svelte";
import { changes } from "./changes";
import { Chat } from "./chat.svelte";
import { Levels } from "./levels.svelte";
import { merge } from "./merge";
import { MutedHint } from "./muted-hint.svelte";
import { Notes, problemOf, type Problem } from "./notes.svelte";
import { PreferencesCopy } from "./preferences.svelte";
import { Retries } from "./retries.svelte";
import { Switches, type Switch } from "./switches";
import { NOBODY, behind, type Behind } from "./sync";

/** If a person called something off, no sentence is needed. */
const CANCELLED = "cancelled";
type Devices = Pick<MeetingSnapshot["self"]["media"], "microphone" | "camera">;

export type Busy = "hosting" | "joining" | "rejoining" | null;

/** Where the lobby leads. */
export type Goal = { kind: "host" } | { kind: "demo" } | ({ kind: "join"; link: string } & LinkDetails);

export class App {
  readonly backend: Backend;
  meeting: MeetingSnapshot | null = $state.raw(null);
  /** A meeting that this app can take the person back into; only while in no meeting. */
  lastCall: LastCall | null = $state.raw(null);
  /** What this page asked for, or what another part (the tray) asked for. */
  busy: Busy = $derived.by(() => this.#asked ?? (this.#rejoining ? "rejoining" : null));
  /** Why the last attempt to be in a meeting ended; shown at home. */
  failure: Problem | null = $state.raw(null);
  /** Where the lobby leads; null at home. */
  goal: Goal | null = $state.raw(null);
  /** Meetings that can be entered again, the newest first. */
  recent: RecentMeeting[] = $state.raw([]);
  /** Whether the settings are open, above everything else. */
  settings: boolean = $state(false);
  /** Whether the main window fills the screen. */
  fullScreen: boolean = $state(false);
  /** The people who do not have our newest media state. */
  behind: Behind = $state.raw(NOBODY);
  readonly retries = new Retries();
  readonly notes = new Notes();
  readonly levels = new Levels();
  readonly chat: Chat;
  readonly mutedHint = new MutedHint();
  readonly preferences: PreferencesCopy;
  readonly zoom: Zoom;
  /** False until the core has said whether there is a meeting: after a reload, the home screen must not flash. */
  ready: boolean = $state(false);

  #asked: Busy = $state(null);
  #rejoining: boolean = $state(false);
  /** Grows with every meeting that begins or ends. An answer to a request from before such an event is out of date. */
  #epoch = 0;
  #pending = new Set<"leave" | "fullScreen">();
  readonly #switches: Switches;

  constructor(backend: Backend) {
    this.backend = backend;
    const set = { microphone: "setMicrophone", camera: "setCamera", hand: "setHand" } as const;
    this.#switches = new Switches((what, on) => backend[set[what]](on), () => performance.now());
    this.preferences = new PreferencesCopy(backend);
    this.chat = new Chat(backend, (messages) => this.#wrote(messages));
    this.zoom = new Zoom(backend, (code) => this.notes.problem(code));
  }

  async start(): Promise<void> {
    const preferences = this.backend.preferences().then(
      (preferences) => this.preferences.take(preferences),
      // There are defaults, and the page asks for a missing name.
      () => undefined,
    );
    try {
      await this.backend.subscribe((event) => this.#hear(event));
    } catch (reason) {
      this.#fail(toAppError(reason).code);
    }
    await Promise.all([preferences, this.#enterBy(() => this.backend.snapshot()).catch(() => undefined)]);
    this.ready = true;
  }

  /** Leads to the lobby of a meeting. If the link is wrong, answers with a code that says how. */
  async approach(link: string): Promise<string | null> {
    const epoch = this.#epoch;
    try {
      const details = await this.backend.inspectLink(link);
      // A person who is in a meeting by now did not ask for another.
      if (epoch === this.#epoch && !this.busy) this.prepare({ kind: "join", link, ...details });
      return null;
    } catch (reason) {
      return toAppError(reason).code;
    }
  }

  prepare(goal: Goal | null): void {
    this.failure = null;
    this.goal = goal;
  }

  enter(goal: Goal, entry: Entry): Promise<void> {
    return this.#enter(goal.kind === "join" ? "joining" : "hosting", () => {
      this.#remember(entry);
      if (goal.kind === "join") return this.backend.join(goal.link, entry);
      return goal.kind === "demo" ? this.backend.demo(entry) : this.backend.host(entry);
    });
  }

  /** Enters with the name used there, and with the devices as they were last. */
  joinRecent({ id, name }: RecentMeeting): Promise<void> {
    const { microphone, camera } = this.preferences.current;
    return this.#enter("joining", () => this.backend.joinRecent(id, { name, microphone, camera }));
  }

  async forgetRecent({ id }: RecentMeeting): Promise<void> {
    this.recent = this.recent.filter((one) => one.id !== id);
    await this.backend.forgetRecent(id).catch((reason: unknown) => this.#fail(toAppError(reason).code));
  }

  /** As the person was in it: the core knows name, microphone and camera. */
  rejoin(): Promise<void> {
    return this.#enter("rejoining", () => this.backend.rejoin());
  }

  async forgetLastCall(): Promise<void> {
    this.lastCall = null;
    await this.backend.forgetLastCall().catch((reason: unknown) => this.#fail(toAppError(reason).code));
  }

  async leave(): Promise<void> {
    await this.#ask("leave", async () => {
      await this.backend.leave();
      // The event that says so may be on its way, or its channel lost. It would be worse if the page stayed in the
      // meeting.
      if (this.meeting) this.#apply({ type: "ended", code: null });
    });
  }

  async toggle(what: Switch): Promise<void> {
    const media = this.meeting?.self.media;
    if (!media) return;
    await this.#switches.toggle(what, media[what]).catch((reason: unknown) => {
      this.notes.problem(toAppError(reason).code);
    });
  }

  async showFullScreen(on: boolean): Promise<void> {
    await this.#ask("fullScreen", () => this.backend.setFullScreen(on));
  }

  async retry(id: string): Promise<void> {
    const participant = this.meeting?.participants.find((one) => one.id === id);
    if (!participant || this.retries.has(participant)) return;
    this.retries.begin(participant);
    this.notes.say(fill(text.announce.retrying, { name: cleanName(participant.name) }));
    try {
      await this.backend.retry(id);
    } catch (reason) {
      this.retries.end(id);
      this.notes.problem(toAppError(reason).code);
    }
  }

  async copyInvite(): Promise<void> {
    try {
      await this.backend.copyInvite();
      this.notes.show(text.toast.copied);
    } catch {
      this.notes.problem("copy_failed");
    }
  }

  /** Calls off what `host`, `join`, `rejoin` or the tray has begun. */
  async cancel(): Promise<void> {
    if (this.busy) await this.backend.leave().catch(() => undefined);
  }

  #remember({ name, microphone, camera }: Entry): void {
    // Remembering must not delay a meeting.
    void this.preferences.change({ name, microphone, camera });
  }

  async #enter(asked: Busy, ask: () => Promise<MeetingSnapshot>): Promise<void> {
    if (this.busy || this.meeting) return;
    this.#asked = asked;
    this.failure = null;
    try {
      await this.#enterBy(ask);
    } catch (reason) {
      const { code } = toAppError(reason);
      if (code !== CANCELLED) this.#fail(code);
    } finally {
      this.#asked = null;
    }
  }

  /** Events come another way than answers and may come first. Then the answer is ignored. */
  async #enterBy(ask: () => Promise<MeetingSnapshot | null>): Promise<void> {
    const epoch = this.#epoch;
    const snapshot = await ask();
    if (snapshot && epoch === this.#epoch) this.#apply({ type: "snapshot", snapshot });
  }

  /** One request of a kind at a time: a second press during the first would undo it. */
  async #ask(action: "leave" | "fullScreen", request: () => Promise<void>): Promise<void> {
    if (this.#pending.has(action)) return;
    this.#pending.add(action);
    try {
      await request();
    } catch (reason) {
      this.notes.problem(toAppError(reason).code);
    } finally {
      this.#pending.delete(action);
    }
  }

  #hear(event: PageEvent): void {
    switch (event.type) {
      case "lastCall":
        this.lastCall = event.call;
        this.#rejoining = event.rejoining;
        break;
      case "preferences":
        this.preferences.take(event.preferences);
        break;
      case "preferencesReset":
        this.notes.problem("preferences_reset");
        break;
      case "recent":
        this.recent = event.meetings;
        break;
      case "fullScreen":
        this.fullScreen = event.on;
        break;
      case "link":
        void this.#handedOver(event.link);
        break;
      case "fault":
        this.notes.problem(event.code);
        break;
      default:
        this.#apply(event);
    }
  }

  async #handedOver(link: string): Promise<void> {
    if (this.meeting) {
      this.notes.problem("already_in_meeting");
      return;
    }
    const code = await this.approach(link);
    if (code !== null && !this.meeting) this.#fail(code);
  }

  #apply(event: MeetingEvent): void {
    const before = this.meeting;
    const after = merge(before, event);
    if (event.type === "snapshot" || event.type === "ended") this.#epoch += 1;
    this.meeting = after;
    this.levels.hear(event);
    this.chat.hear(event, before === null);
    this.behind = behind(this.behind, after, Date.now());
    if (!after) this.#switches.clear();
    this.retries.forget(after?.participants ?? []);
    const said = changes(before, after).map(announcement);
    if (said.length > 0) this.notes.say(said.join(" "));

    if (after && !before) {
      this.failure = null;
      this.goal = null;
      this.notes.clear();
    }
    if (event.type === "notice") this.notes.problem(event.code);
    if (event.type === "solved") this.notes.forget((code) => code === event.code);
    this.#hintMuted(event, after);
    if (event.type === "self" && before) this.#forgetSolved(before.self.media, event.self.media);
    if (event.type === "ended") this.#ended(event.code);
  }

  #ended(code: string | null): void {
    this.notes.clear();
    if (code !== null) this.#fail(code);
  }

  /** When the microphone opens, the core may not report the end of the voice. */
  #hintMuted(event: MeetingEvent, after: MeetingSnapshot | null): void {
    if (!after || after.self.media.microphone) this.mutedHint.hide();
    else if (event.type === "mutedVoice") {
      this.mutedHint.show();
      this.notes.say(text.announce.muted_voice);
    }
  }

  /** A device that works again needs no sentence any more. */
  #forgetSolved(was: Devices, now: Devices): void {
    this.notes.forget(
      (code) =>
        (code === "camera_unavailable" && !was.camera && now.camera) ||
        (code === "microphone_unavailable" && !was.microphone && now.microphone),
    );
  }

  /** Said to someone who does not see the window; of a burst only how many came. */
  #wrote(messages: ChatMessage[]): void {
    const [one] = messages;
    if (!one) return;
    const name = cleanName(one.name);
    const said = one.to === null ? text.announce.wrote : text.announce.wroteToYou;
    this.notes.say(messages.length > 1 ? plural(text.chat.unread, messages.length) : `${fill(said, { name })} ${one.text}`);
  }

  #fail(code: string): void {
    this.failure = problemOf(code);
  }
}

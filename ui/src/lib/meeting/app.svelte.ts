/**
 * What the window shows: the copy of the meeting, and the sentences that are waiting to be read.
 *
 * Holds no truth: a control asks the core, and the picture changes when the core says so.
 */
import { toAppError, type Backend, type Entry } from "../backend/backend";
import { announcement } from "../text/announce";
import { cleanName } from "../names";
import { fill, sentence, text } from "../text/catalogue";
import type { LastCall } from "../wire/LastCall";
import type { MeetingEvent } from "../wire/MeetingEvent";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { PageEvent } from "../wire/PageEvent";
import { changes } from "./changes";
import { merge } from "./merge";
import { Retries } from "./retries.svelte";
import type { Action } from "./shortcuts";
import { NOBODY, behind, type Behind } from "./sync";

export interface Problem {
  code: string;
  sentence: string;
}

/** What a person called off needs no sentence. */
const CANCELLED = "cancelled";
const TOAST_MS = 3000;
/** Sentences on the screen at once; a newer one takes the place of the oldest. */
const MAX_PROBLEMS = 3;
/** Sentences kept for the live region. More at once than anyone listens to; older ones have been read out. */
const MAX_SAID = 8;
type Devices = Pick<MeetingSnapshot["self"]["media"], "microphone" | "camera">;

export type Busy = "hosting" | "joining" | "rejoining" | null;

export interface Said {
  id: number;
  words: string;
}

export class App {
  readonly backend: Backend;
  meeting: MeetingSnapshot | null = $state.raw(null);
  /** A meeting this app can take the person back into; only while in none. */
  lastCall: LastCall | null = $state.raw(null);
  /** What this page asked for, or what was asked for elsewhere (the tray). */
  busy: Busy = $derived.by(() => this.#asked ?? (this.#rejoining ? "rejoining" : null));
  /** Why the last attempt to be in a meeting ended; shown at home. */
  failure: Problem | null = $state.raw(null);
  /** Shown in the meeting until dismissed. */
  problems: Problem[] = $state.raw([]);
  toast: string | null = $state(null);
  /** For the live region: the newest last. */
  said: Said[] = $state.raw([]);
  /** Who does not hold our newest media state. */
  behind: Behind = $state.raw(NOBODY);
  readonly retries = new Retries();
  /** Filled by the first answer of the core. */
  name: string = $state("");
  /** False until the core was asked whether a meeting is going on: a reload must not flash the home screen. */
  ready: boolean = $state(false);

  #asked: Busy = $state(null);
  #rejoining: boolean = $state(false);
  #saidCount = 0;
  /** Grows with every meeting that begins or ends: an answer older than such an event is out of date. */
  #epoch = 0;
  #toastTimer: ReturnType<typeof setTimeout> | null = null;
  #pending = new Set<Action>();

  constructor(backend: Backend) {
    this.backend = backend;
  }

  async start(): Promise<void> {
    const preferences = this.backend.preferences().then(
      ({ name }) => {
        this.name = name;
      },
      // A missing name is asked for; nothing else depends on it.
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

  host(entry: Entry): Promise<void> {
    return this.#enter("hosting", () => this.#named(entry, this.backend.host(entry)));
  }

  join(link: string, entry: Entry): Promise<void> {
    return this.#enter("joining", () => this.#named(entry, this.backend.join(link, entry)));
  }

  /** As the person was in it: name, microphone and camera are the core's to know. */
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
      // The event that says so may be on its way, or its channel lost; being asked to stay would be worse.
      if (this.meeting) this.#apply({ type: "ended", code: null });
    });
  }

  async toggle(what: "microphone" | "camera" | "hand"): Promise<void> {
    const media = this.meeting?.self.media;
    if (!media) return;
    const on = !media[what];
    const set = { microphone: "setMicrophone", camera: "setCamera", hand: "setHand" } as const;
    await this.#ask(what, () => this.backend[set[what]](on));
  }

  async retry(id: string): Promise<void> {
    const participant = this.meeting?.participants.find((one) => one.id === id);
    if (!participant || this.retries.has(participant)) return;
    this.retries.begin(participant);
    this.say(fill(text.announce.retrying, { name: cleanName(participant.name) }));
    try {
      await this.backend.retry(id);
    } catch (reason) {
      this.retries.end(id);
      this.#addProblem(toAppError(reason).code);
    }
  }

  async copyInvite(): Promise<void> {
    try {
      await this.backend.copyInvite();
      this.#showToast(text.toast.copied);
    } catch {
      this.#addProblem("copy_failed");
    }
  }

  dismiss(problem: Problem): void {
    this.problems = this.problems.filter((one) => one !== problem);
  }

  /** Each sentence is an entry of its own: one that replaced another would silence it. */
  say(words: string): void {
    this.#saidCount += 1;
    this.said = [...this.said, { id: this.#saidCount, words }].slice(-MAX_SAID);
  }

  /** Calls off what `host`, `join` or `rejoin` has begun, or the tray. */
  async cancel(): Promise<void> {
    if (this.busy) await this.backend.leave().catch(() => undefined);
  }

  #named(entry: Entry, answer: Promise<MeetingSnapshot>): Promise<MeetingSnapshot> {
    this.name = entry.name;
    // Remembering a name must not stand in the way of a meeting.
    this.backend.setName(entry.name).catch(() => undefined);
    return answer;
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

  /** Events come another way than answers and may be ahead of them; then the answer is left aside. */
  async #enterBy(ask: () => Promise<MeetingSnapshot | null>): Promise<void> {
    const epoch = this.#epoch;
    const snapshot = await ask();
    if (snapshot && epoch === this.#epoch) this.#apply({ type: "snapshot", snapshot });
  }

  /** One request of a kind at a time: a second press while the first is under way would undo it. */
  async #ask(action: Action, request: () => Promise<void>): Promise<void> {
    if (this.#pending.has(action)) return;
    this.#pending.add(action);
    try {
      await request();
    } catch (reason) {
      this.#addProblem(toAppError(reason).code);
    } finally {
      this.#pending.delete(action);
    }
  }

  #hear(event: PageEvent): void {
    if (event.type !== "lastCall") {
      this.#apply(event);
      return;
    }
    this.lastCall = event.call;
    this.#rejoining = event.rejoining;
  }

  #apply(event: MeetingEvent): void {
    const before = this.meeting;
    const after = merge(before, event);
    if (event.type === "snapshot" || event.type === "ended") this.#epoch += 1;
    this.meeting = after;
    this.behind = behind(this.behind, after, Date.now());
    this.retries.forget(after?.participants ?? []);
    const said = changes(before, after).map(announcement);
    if (said.length > 0) this.say(said.join(" "));

    if (after && !before) {
      this.failure = null;
      this.problems = [];
    }
    if (event.type === "notice") this.#addProblem(event.code);
    if (event.type === "self" && before) this.#forgetSolved(before.self.media, event.self.media);
    if (event.type === "ended") this.#ended(event.code);
  }

  #ended(code: string | null): void {
    this.problems = [];
    this.toast = null;
    if (code !== null) this.#fail(code);
  }

  /** A device that works again needs no sentence any more. */
  #forgetSolved(was: Devices, now: Devices): void {
    const solved = (code: string): boolean =>
      (code === "camera_unavailable" && !was.camera && now.camera) ||
      (code === "microphone_unavailable" && !was.microphone && now.microphone);
    if (this.problems.some(({ code }) => solved(code))) {
      this.problems = this.problems.filter(({ code }) => !solved(code));
    }
  }

  #fail(code: string): void {
    this.failure = { code, sentence: sentence(code) };
  }

  #addProblem(code: string): void {
    const others = this.problems.filter((one) => one.code !== code);
    this.problems = [...others, { code, sentence: sentence(code) }].slice(-MAX_PROBLEMS);
  }

  #showToast(words: string): void {
    this.toast = words;
    this.say(words);
    if (this.#toastTimer) clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => {
      this.toast = null;
    }, TOAST_MS);
  }
}

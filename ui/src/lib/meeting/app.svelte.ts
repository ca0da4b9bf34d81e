/**
 * What the window shows: the copy of the meeting, and the sentences that are waiting to be read.
 *
 * Holds no truth: a control asks the core, and the picture changes when the core says so.
 */
import { toAppError, type Backend, type Entry } from "../backend/backend";
import { announcement } from "../text/announce";
import { sentence, text } from "../text/catalogue";
import type { MeetingEvent } from "../wire/MeetingEvent";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import { changes } from "./changes";
import { merge } from "./merge";
import type { Action } from "./shortcuts";

export interface Problem {
  code: string;
  sentence: string;
}

/** What a person called off needs no sentence. */
const CANCELLED = "cancelled";
const TOAST_MS = 3000;
/** Sentences on the screen at once; a newer one takes the place of the oldest. */
const MAX_PROBLEMS = 3;
type Devices = Pick<MeetingSnapshot["self"]["media"], "microphone" | "camera">;

export type Busy = "hosting" | "joining" | null;

export class App {
  readonly backend: Backend;
  meeting: MeetingSnapshot | null = $state.raw(null);
  busy: Busy = $state(null);
  /** Why the last attempt to be in a meeting ended; shown at home. */
  failure: Problem | null = $state.raw(null);
  /** Shown in the meeting until dismissed. */
  problems: Problem[] = $state.raw([]);
  toast: string | null = $state(null);
  /** For the live region. */
  said: string = $state("");
  /** Filled by the first answer of the core. */
  name: string = $state("");
  /** False until the core was asked whether a meeting is going on: a reload must not flash the home screen. */
  ready: boolean = $state(false);

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
      await this.backend.subscribe((event) => this.#apply(event));
    } catch (reason) {
      this.#fail(toAppError(reason).code);
    }
    await Promise.all([preferences, this.#enterBy(() => this.backend.snapshot()).catch(() => undefined)]);
    this.ready = true;
  }

  host(entry: Entry): Promise<void> {
    return this.#enter("hosting", entry, () => this.backend.host(entry));
  }

  join(link: string, entry: Entry): Promise<void> {
    return this.#enter("joining", entry, () => this.backend.join(link, entry));
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

  say(words: string): void {
    // A live region stays silent when its text does not change; the mark makes a repeated sentence a change.
    this.said = words === this.said ? `${words}\u00a0` : words;
  }

  /** Calls off what `host` or `join` has begun. */
  async cancel(): Promise<void> {
    if (this.busy) await this.backend.leave().catch(() => undefined);
  }

  async #enter(busy: "hosting" | "joining", entry: Entry, ask: () => Promise<MeetingSnapshot>): Promise<void> {
    if (this.busy || this.meeting) return;
    this.busy = busy;
    this.failure = null;
    this.name = entry.name;
    // Remembering a name must not stand in the way of a meeting.
    this.backend.setName(entry.name).catch(() => undefined);
    try {
      await this.#enterBy(ask);
    } catch (reason) {
      const { code } = toAppError(reason);
      if (code !== CANCELLED) this.#fail(code);
    } finally {
      this.busy = null;
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

  #apply(event: MeetingEvent): void {
    const before = this.meeting;
    const after = merge(before, event);
    if (event.type === "snapshot" || event.type === "ended") this.#epoch += 1;
    this.meeting = after;
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

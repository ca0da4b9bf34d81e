/** What the panel shows. It asks the core twice a second, only while somebody can see the panel. */
import { toAppError, type Backend } from "../lib/backend/backend";
import { PreferencesCopy } from "../lib/meeting/preferences.svelte";
import type { Diagnostics } from "../lib/wire/Diagnostics";
import type { Fault } from "../lib/wire/Fault";
import type { MeetingSnapshot } from "../lib/wire/MeetingSnapshot";
import { Log, type LogEntry } from "./log";
import { Samples, type Sample } from "./samples";

const ASK_EVERY_MS = 500;

export class Panel {
  /** Null before the first answer and without a meeting. */
  now: Diagnostics | null = $state.raw(null);
  meeting: MeetingSnapshot | null = $state.raw(null);
  /** The code of the last error; cleared by the next answer. */
  problem: string | null = $state(null);
  /** Whether any first answer has come. */
  asked = $state(false);
  entries: LogEntry[] = $state.raw([]);
  samples: ReadonlyMap<string, readonly Sample[]> = $state.raw(new Map());
  /** The path of the last export, or the code of why it failed. */
  exported: { path: string } | { code: string } | null = $state.raw(null);
  exporting = $state(false);
  /** The code of why the last fault was refused. */
  refused: string | null = $state(null);

  #backend: Backend;
  #preferences: PreferencesCopy;
  #log = new Log();
  #samples = new Map<string, Samples>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  /** Our id in the shown meeting. When another meeting begins, this starts again. */
  #me: string | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#preferences = new PreferencesCopy(backend);
  }

  /** Whether faults may be injected. */
  get faultsAllowed(): boolean {
    return this.#preferences.current.diagnostics;
  }

  /** Asks while the page is visible. Returns a function that stops it. */
  start(): () => void {
    const look = (): void => {
      if (document.visibilityState === "visible") this.#resume();
      else this.#pause();
    };
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      document.removeEventListener("visibilitychange", look);
      this.#pause();
    };
  }

  async inject(fault: Fault): Promise<void> {
    this.refused = null;
    try {
      await this.#backend.injectFault(fault);
    } catch (reason) {
      this.refused = toAppError(reason).code;
    }
    await this.ask();
  }

  async export(): Promise<void> {
    this.exporting = true;
    try {
      this.exported = await this.#backend.exportDiagnostics();
    } catch (reason) {
      this.exported = { code: toAppError(reason).code };
    }
    this.exporting = false;
  }

  /** Asks once. */
  async ask(): Promise<void> {
    try {
      // Language and appearance follow the other windows, also without a meeting.
      this.#preferences.take(await this.#backend.preferences());
      const [now, meeting] = await Promise.all([this.#backend.diagnostics(), this.#backend.snapshot()]);
      this.#take(now);
      this.meeting = meeting;
      this.problem = null;
    } catch (reason) {
      const { code } = toAppError(reason);
      if (code === "not_in_meeting") this.now = null;
      this.problem = code;
    }
    this.asked = true;
  }

  #take(now: Diagnostics): void {
    if (now.me !== this.#me) {
      this.#me = now.me;
      this.#log = new Log();
      this.#samples.clear();
    }
    this.#log.look(now);
    for (const remote of now.peers) {
      const samples = this.#samples.get(remote.id) ?? new Samples();
      samples.add(remote, now.atMs);
      this.#samples.set(remote.id, samples);
    }
    this.now = now;
    this.entries = this.#log.entries;
    this.samples = new Map([...this.#samples].map(([id, samples]) => [id, samples.all]));
  }

  #resume(): void {
    if (this.#running) return;
    this.#running = true;
    const again = async (): Promise<void> => {
      await this.ask();
      if (this.#running) this.#timer = setTimeout(() => void again(), ASK_EVERY_MS);
    };
    void again();
  }

  #pause(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }
}

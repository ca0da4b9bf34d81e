/** Everything that happened on all connections, newest first, and a search in it. Pure. */
import { fill, text } from "../lib/text/catalogue";
import type { Diagnostics } from "../lib/wire/Diagnostics";
import type { Fault } from "../lib/wire/Fault";
import type { Transition } from "../lib/wire/Transition";
import { markOf, type MarkKind } from "./timeline";

/** What an entry is about. */
export type LogKind = "negotiation" | "state" | "recovery" | "bound" | "fault";
export const KINDS: readonly LogKind[] = ["negotiation", "state", "recovery", "bound", "fault"];

export interface LogEntry {
  /** Stays the same from one look to the next. */
  key: string;
  atMs: number;
  kind: LogKind;
  /** The participant whose connection it is; null for the whole meeting. */
  peer: string | null;
  mark: MarkKind | null;
  /** In the current language, which may change while the entry is shown. */
  words: () => string;
}

/** More than a person reads. Beyond this, the oldest entries go. */
const KEPT = 1000;

function entryOf(transition: Transition, before: Transition | undefined): Pick<LogEntry, "kind" | "mark" | "words"> {
  const mark = markOf(transition, before);
  const { phase, state, rung, generation } = transition;
  const cause = (): string => text.debug.causes[transition.cause];
  if (before && state !== before.state) {
    const words = (): string => `${text.debug.states[before.state]} → ${text.debug.states[state]} (${cause()})`;
    return { kind: "state", mark, words };
  }
  if (rung !== null && (rung !== before?.rung || phase === before.phase)) {
    return { kind: "recovery", mark, words: () => fill(text.debug.recoveryLogged, { rung: text.debug.rungs[rung], generation, cause: cause() }) };
  }
  return { kind: "negotiation", mark, words: () => `${text.debug.phases[phase]} (${cause()})` };
}

/** The same name as on the button that injects it. */
function nameOf({ type }: Fault): string {
  const { cut, addLoss, dropSignaling, pretendSleep } = text.debug;
  return { cut, loss: addLoss, signaling: dropSignaling, sleep: pretendSleep }[type];
}

/** Grows with every look. */
export class Log {
  #entries = new Map<string, LogEntry>();
  #seen = new Map<string, number>();
  #bounds = new Map<string, number>();
  #glares = new Map<string, number>();

  look(now: Diagnostics): void {
    for (const { id, clockMs, negotiation } of now.peers) {
      const { history, counters } = negotiation;
      const first = counters.transitions - history.length;
      const seen = this.#seen.get(id) ?? 0;
      history.forEach((transition, index) => {
        const number = first + index;
        if (number < seen) return;
        const atMs = now.atMs - (clockMs - transition.atMs);
        this.#add({ key: `${id} ${String(number)}`, atMs, peer: id, ...entryOf(transition, history[index - 1]) });
      });
      this.#seen.set(id, counters.transitions);
      // The side that does not yield changes nothing, so its history does not show a glare.
      const glares = this.#glares.get(id);
      if (glares !== undefined && counters.ignoredOffers > glares) {
        const words = (): string => text.debug.offerIgnored;
        const key = `${id} glare ${String(counters.ignoredOffers)}`;
        this.#add({ key, atMs: now.atMs, peer: id, kind: "negotiation", mark: "glare", words });
      }
      this.#glares.set(id, counters.ignoredOffers);
    }
    for (const { name, count } of now.bounds) {
      const before = this.#bounds.get(name);
      this.#bounds.set(name, count);
      if (before === undefined || count <= before) continue;
      const words = (): string => `${name} +${String(count - before)}`;
      this.#add({ key: `${name} ${String(count)}`, atMs: now.atMs, peer: null, kind: "bound", mark: null, words });
    }
    for (const { id, fault, atMs } of now.faults) {
      const peer = "participant" in fault ? fault.participant : null;
      const words = (): string => fill(text.debug.faultLogged, { fault: nameOf(fault) });
      this.#add({ key: `fault ${String(id)}`, atMs, peer, kind: "fault", mark: null, words });
    }
  }

  /** Newest first. */
  get entries(): LogEntry[] {
    return [...this.#entries.values()].sort((a, b) => b.atMs - a.atMs || (a.key < b.key ? 1 : -1));
  }

  #add(entry: LogEntry): void {
    if (this.#entries.has(entry.key)) return;
    this.#entries.set(entry.key, entry);
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= KEPT) break;
      this.#entries.delete(key);
    }
  }
}

export interface LogFilter {
  kinds: ReadonlySet<LogKind>;
  peer: string | null;
  words: string;
}

export function filtered(entries: readonly LogEntry[], filter: LogFilter): LogEntry[] {
  const wanted = filter.words.trim().toLowerCase();
  return entries.filter(
    ({ kind, peer, words, mark }) =>
      filter.kinds.has(kind) &&
      (filter.peer === null || peer === filter.peer) &&
      (wanted === "" || words().toLowerCase().includes(wanted) || mark === wanted),
  );
}

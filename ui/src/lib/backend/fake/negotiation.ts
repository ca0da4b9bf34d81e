/** The inner state of an invented negotiation: what it does, and what waits for its turn. */
import type { Counters } from "../../wire/Counters";
import type { NegotiationSnapshot } from "../../wire/NegotiationSnapshot";
import type { Phase } from "../../wire/Phase";
import type { RecoverySnapshot } from "../../wire/RecoverySnapshot";
import type { Rung } from "../../wire/Rung";
import type { TaskKind } from "../../wire/TaskKind";
import type { TaskSnapshot } from "../../wire/TaskSnapshot";
import type { TimerSnapshot } from "../../wire/TimerSnapshot";
import type { Transition } from "../../wire/Transition";

/** As long as the core allows an attempt. What lasts longer here begins again. */
const ATTEMPT_MS = 3000;
const OPERATION_MS = 10_000;
const BACKOFF_MS = 12_000;
/** How much longer each task waits than the task before it. */
const LONGER_MS = 1150;
/** The newest task has the highest number. */
const NEWEST = 9;

/** The state before anything happened. */
const BEFORE: Transition = { atMs: 0, generation: 1, phase: "noConnection", state: "connecting", rung: null, cause: "started" };

const COUNTERS: Counters = {
  glares: 0,
  rollbacks: 0,
  rebuilds: 0,
  kept: 0,
  iceRestarts: 0,
  negotiations: 1,
  tasks: 1,
  tasksFailed: 0,
  olderGeneration: 0,
  impossibleGeneration: 0,
  ignoredOffers: 0,
  ignoredCandidates: 0,
  repeatedDescriptions: 0,
  lateAnswers: 0,
  unaskedAnswers: 0,
  malformed: 0,
  candidatesDropped: 0,
  localCandidatesDropped: 0,
  candidatesRefused: 0,
  operationsRefused: 0,
  lateReports: 0,
  transitions: 0,
  afterClose: 0,
};

/**
 * First the one in flight, then the waiting ones in their order: an answer before our restart, the restart before new
 * tracks.
 */
function tasksIn(phase: Phase, rung: Rung | null): readonly TaskKind[] {
  const restarts = rung === "iceRestart";
  switch (phase) {
    case "applyingOffer":
    case "creatingAnswer":
      return restarts ? ["answer", "iceRestart", "offer"] : ["answer", "offer"];
    case "creatingOffer":
    case "haveLocalOffer":
    case "applyingAnswer":
      return restarts ? ["iceRestart", "offer"] : ["offer"];
    default:
      return [];
  }
}

function timersOf(phase: Phase, rung: Rung | null, passedMs: number): TimerSnapshot[] {
  if (rung === "background") return [{ timer: "backoff", inMs: BACKOFF_MS - passedMs }];
  const attempt = rung === null ? [] : [{ timer: "attempt", inMs: ATTEMPT_MS - passedMs }];
  if (phase === "haveLocalOffer") return [{ timer: "answer", inMs: 10 * ATTEMPT_MS - passedMs }, ...attempt];
  if (phase !== "stable") return [{ timer: "operation", inMs: OPERATION_MS - passedMs }, ...attempt];
  return rung === null ? [{ timer: "silence", inMs: 1800 - (passedMs % 250) }] : attempt;
}

function recoveryOf(history: readonly Transition[], clockMs: number, passedMs: number): RecoverySnapshot | null {
  const rung = history.at(-1)?.rung ?? null;
  if (rung === null) return null;
  const began = history.slice(history.findLastIndex((one) => one.rung === null) + 1);
  const failed = began.filter(({ cause }) => cause === "attemptFailed").length;
  return {
    cause: began[0]?.cause ?? "transportDisconnected",
    rung,
    attempt: failed + 1,
    failed,
    sinceMsAgo: clockMs - (began[0]?.atMs ?? 0),
    nextAttemptInMs: (rung === "background" ? BACKOFF_MS : ATTEMPT_MS) - passedMs,
  };
}

export interface Known {
  local: string;
  remote: string;
  history: Transition[];
  /** On the clock of the meeting. */
  clockMs: number;
  up: boolean;
}

export function negotiation({ local, remote, history, clockMs, up }: Known): NegotiationSnapshot {
  const { atMs, phase, state, rung, generation } = history.at(-1) ?? BEFORE;
  const since = clockMs - atMs;
  const passedMs = since % (rung === "background" ? BACKOFF_MS : ATTEMPT_MS);
  const stateSince = history[history.findLastIndex((one) => one.state !== state) + 1]?.atMs ?? 0;
  const [flying, ...waiting] = tasksIn(phase, rung).map((kind, place): TaskSnapshot => {
    const priority = kind === "offer" ? "normal" : "urgent";
    return { id: NEWEST - place, kind, priority, ageMs: passedMs + place * LONGER_MS };
  });
  return {
    local,
    remote,
    polite: history.some(({ cause }) => cause === "glare"),
    state,
    stateSinceMsAgo: clockMs - stateSince,
    generation,
    relayOnly: rung === "relayOnly",
    phase,
    phaseSinceMsAgo: flying ? passedMs : since,
    transport: up ? "connected" : "disconnected",
    transportSinceMsAgo: clockMs - stateSince,
    controlOpen: true,
    carriesMedia: up,
    previous: null,
    signaling: true,
    reachable: true,
    mediaExpected: true,
    wanted: { microphone: true, camera: true, screen: false, screenSound: false },
    negotiated: { microphone: true, camera: true, screen: false, screenSound: false },
    remoteTracks: { microphone: true, camera: true, screen: false, screenSound: false },
    inFlight: flying ? { task: flying, startedMsAgo: passedMs } : null,
    queue: waiting,
    lastResult: rung === null ? "done" : "superseded",
    candidatesWaiting: 0,
    localCandidatesHeld: 0,
    recovery: recoveryOf(history, clockMs, passedMs),
    timers: timersOf(phase, rung, passedMs),
    counters: { ...COUNTERS, transitions: history.length },
    history,
  };
}

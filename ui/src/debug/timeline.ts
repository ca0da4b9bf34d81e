/** The place of each transition of a negotiation in its picture, and which transitions are special. Pure. */
import type { PeerState } from "../lib/wire/PeerState";
import type { Phase } from "../lib/wire/Phase";
import type { Transition } from "../lib/wire/Transition";

/** Which special event it is. */
export type MarkKind = "glare" | "rollback" | "restart" | "rebuild" | "relay" | "failed" | "back";

export interface Mark {
  kind: MarkKind;
  x: number;
  /** Flags alternate between rows, so that two close flags can both be read. */
  row: number;
  /** There is no room for a word beside it. */
  bare: boolean;
  transition: Transition;
}

/** A period in one state, as people see it. */
export interface Band {
  state: PeerState;
  from: number;
  to: number;
}

export interface Step {
  x: number;
  phase: Phase;
  transition: Transition;
}

/** A time under the picture. */
export interface Tick {
  x: number;
  /** Since the transition before it. */
  gapMs: number;
}

export interface Timeline {
  width: number;
  bands: Band[];
  steps: Step[];
  marks: Mark[];
  ticks: Tick[];
}

/**
 * Time is stretched where much happens and compressed where nothing happens: a glare takes milliseconds, a calm meeting
 * hours.
 */
const NEAR = 12;
const FAR = 56;
/** Space at both ends. */
const EDGE = 16;
/** Space for the word beside the newest flag. */
const RIGHT = 48;
/** Flags nearer than this do not share a row with words. */
const FLAG = 76;
const ROWS = 3;
/** Gaps that get a word. */
const LONG_MS = 1000;

/** Pixels between two transitions. */
export function distance(gapMs: number): number {
  return Math.min(FAR, NEAR + 9 * Math.log10(1 + Math.max(0, gapMs)));
}

/** Why a transition is special, compared with the one before it. */
export function markOf(transition: Transition, before: Transition | undefined): MarkKind | null {
  if (transition.cause === "glare" && before?.cause !== "glare") return "glare";
  if (transition.phase === "rollingBack" && before?.phase !== "rollingBack") return "rollback";
  if (before && transition.generation > before.generation) return transition.rung === "relayOnly" ? "relay" : "rebuild";
  if (transition.rung === "iceRestart" && (before?.rung !== "iceRestart" || transition.cause === "attemptFailed")) {
    return "restart";
  }
  if (transition.state === "failed" && before?.state !== "failed") return "failed";
  const troubled = before?.state === "reconnecting" || before?.state === "failed" || before?.rung != null;
  if (transition.state === "connected" && transition.rung === null && troubled) return "back";
  return null;
}

/** The picture of a history, oldest first. */
export function layout(history: readonly Transition[]): Timeline {
  const picture: Timeline = { width: 2 * EDGE, bands: [], steps: [], marks: [], ticks: [] };
  const lastX = Array.from({ length: ROWS }, () => -Infinity);
  let x = EDGE;
  history.forEach((transition, index) => {
    const before = history[index - 1];
    if (before) {
      const gapMs = transition.atMs - before.atMs;
      const from = x;
      x += distance(gapMs);
      if (gapMs >= LONG_MS) picture.ticks.push({ x: (from + x) / 2, gapMs });
    }
    picture.steps.push({ x, phase: transition.phase, transition });
    const band = picture.bands.at(-1);
    if (band) band.to = x;
    if (band?.state !== transition.state) picture.bands.push({ state: transition.state, from: x, to: x });
    const kind = markOf(transition, before);
    if (kind) {
      const free = lastX.findIndex((taken) => x - taken >= FLAG);
      const row = free === -1 ? 0 : free;
      if (free !== -1) lastX[row] = x;
      picture.marks.push({ kind, x, row, bare: free === -1, transition });
    }
  });
  picture.width = x + EDGE + RIGHT;
  const last = picture.bands.at(-1);
  if (last) last.to = picture.width;
  return picture;
}

/** Heights of the phases, from resting to busy. */
const HEIGHTS: Readonly<Record<Phase, number>> = {
  closed: 0,
  noConnection: 0,
  creatingConnection: 1,
  stable: 2,
  creatingOffer: 3,
  haveLocalOffer: 4,
  applyingAnswer: 5,
  applyingOffer: 4,
  creatingAnswer: 5,
  rollingBack: 3,
};
export const HIGHEST = 5;

export function height(phase: Phase): number {
  return HEIGHTS[phase];
}

/** The signaling state of the connection as W3C webrtc-pc names it (4.3.1). */
export function signalingState(phase: Phase): string {
  switch (phase) {
    case "haveLocalOffer":
    case "applyingAnswer":
    case "rollingBack":
      return "have-local-offer";
    case "creatingAnswer":
      return "have-remote-offer";
    case "closed":
      return "closed";
    default:
      return "stable";
  }
}

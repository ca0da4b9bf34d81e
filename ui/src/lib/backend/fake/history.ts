/**
 * Invented histories of negotiations: glares, cuts, and troubles that last as long as the person is shown in trouble.
 */
import type { Cause } from "../../wire/Cause";
import type { ParticipantView } from "../../wire/ParticipantView";
import type { PeerState } from "../../wire/PeerState";
import type { Phase } from "../../wire/Phase";
import type { Rung } from "../../wire/Rung";
import type { Transition } from "../../wire/Transition";

type Scene = readonly [ms: number, phase: Phase, state: PeerState, cause: Cause, rung?: Rung | null, generation?: number];
/** Scenes, and the times at which they began. */
type Story = readonly (readonly [number, readonly Scene[]])[];

const JOINED: readonly Scene[] = [
  [0, "creatingConnection", "connecting", "started"],
  [4, "stable", "connecting", "operationDone"],
  [5, "creatingOffer", "connecting", "taskStarted"],
  [9, "haveLocalOffer", "connecting", "operationDone"],
  [31, "applyingAnswer", "connecting", "remoteAnswer"],
  [35, "stable", "connecting", "operationDone"],
  [240, "stable", "connected", "transportConnected"],
];
/** The part before the answer, which does not come. */
const JOINING = JOINED.slice(0, 4);
const GLARE: readonly Scene[] = [
  [0, "creatingOffer", "connected", "taskStarted"],
  [4, "haveLocalOffer", "connected", "operationDone"],
  [12, "rollingBack", "connected", "glare"],
  [14, "stable", "connected", "operationDone"],
  [15, "applyingOffer", "connected", "remoteOffer"],
  [19, "creatingAnswer", "connected", "operationDone"],
  [24, "stable", "connected", "operationDone"],
  [25, "creatingOffer", "connected", "taskStarted"],
  [29, "haveLocalOffer", "connected", "operationDone"],
  [52, "applyingAnswer", "connected", "remoteAnswer"],
  [56, "stable", "connected", "operationDone"],
];
const CUT: readonly Scene[] = [
  [0, "stable", "reconnecting", "transportDisconnected", "iceRestart"],
  [1, "creatingOffer", "reconnecting", "taskStarted", "iceRestart"],
  [5, "haveLocalOffer", "reconnecting", "operationDone", "iceRestart"],
  [3001, "rollingBack", "reconnecting", "superseded", "iceRestart"],
  [3004, "creatingOffer", "reconnecting", "attemptFailed", "iceRestart"],
  [3009, "haveLocalOffer", "reconnecting", "operationDone", "iceRestart"],
  [6010, "creatingConnection", "reconnecting", "attemptFailed", "rebuild", 2],
  [6016, "stable", "reconnecting", "operationDone", "rebuild", 2],
  [6017, "creatingOffer", "reconnecting", "taskStarted", "rebuild", 2],
  [6022, "haveLocalOffer", "reconnecting", "operationDone", "rebuild", 2],
  [6048, "applyingAnswer", "reconnecting", "remoteAnswer", "rebuild", 2],
  [6052, "stable", "reconnecting", "operationDone", "rebuild", 2],
  [6290, "stable", "connected", "mediaBack", null, 2],
];
/** A cut that lasts: the part until the fault ends. */
const CUT_OPEN = CUT.slice(0, 3);
/** The second restart collides with theirs. */
const TROUBLED: readonly Scene[] = [
  [0, "stable", "reconnecting", "transportDisconnected", "iceRestart", 2],
  [1, "creatingOffer", "reconnecting", "taskStarted", "iceRestart", 2],
  [5, "haveLocalOffer", "reconnecting", "operationDone", "iceRestart", 2],
  [3001, "rollingBack", "reconnecting", "superseded", "iceRestart", 2],
  [3004, "creatingOffer", "reconnecting", "attemptFailed", "iceRestart", 2],
  [3009, "haveLocalOffer", "reconnecting", "operationDone", "iceRestart", 2],
  [3120, "rollingBack", "reconnecting", "glare", "iceRestart", 2],
  [3122, "stable", "reconnecting", "operationDone", "iceRestart", 2],
  [3123, "applyingOffer", "reconnecting", "remoteOffer", "iceRestart", 2],
  [3127, "creatingAnswer", "reconnecting", "operationDone", "iceRestart", 2],
];
/** Every step of the ladder fails. */
const GIVEN_UP: readonly Scene[] = [
  ...TROUBLED.slice(0, 6),
  [6010, "creatingConnection", "reconnecting", "attemptFailed", "rebuild", 3],
  [6022, "haveLocalOffer", "reconnecting", "operationDone", "rebuild", 3],
  [9010, "creatingConnection", "reconnecting", "attemptFailed", "rebuild", 4],
  [9022, "haveLocalOffer", "reconnecting", "operationDone", "rebuild", 4],
  [12_010, "creatingConnection", "reconnecting", "attemptFailed", "rebuild", 5],
  [12_022, "haveLocalOffer", "reconnecting", "operationDone", "rebuild", 5],
  [15_010, "creatingConnection", "reconnecting", "attemptFailed", "relayOnly", 6],
  [15_022, "haveLocalOffer", "reconnecting", "operationDone", "relayOnly", 6],
  [18_010, "stable", "failed", "attemptFailed", "background", 6],
];
const GIVEN_UP_AFTER_MS = 18_010;

/** The history before the present events, from the beginning of the meeting. */
const WELL: readonly Story[] = [
  [[0, JOINED], [61_000, GLARE], [182_000, GLARE]],
  [[0, JOINED], [95_000, CUT]],
  [[0, JOINED], [40_000, GLARE], [130_000, CUT]],
  [[0, JOINED]],
];
const UNWELL: Story = [[0, JOINED], [61_000, GLARE], [130_000, CUT]];

/** A fault that cuts someone off: when people noticed it, and whether it is over. */
export interface Cut {
  fromMs: number;
  over: boolean;
}

function storyOf(one: ParticipantView, index: number, sinceMs: number, cut: Cut | null): Story {
  switch (one.state) {
    case "connecting":
      return [[sinceMs, JOINING]];
    case "reconnecting":
      return [...UNWELL, [sinceMs, TROUBLED]];
    case "failed":
      return [...UNWELL, [sinceMs - GIVEN_UP_AFTER_MS, GIVEN_UP]];
    default: {
      const well = WELL[index % WELL.length] ?? [];
      return cut ? [...well, [cut.fromMs, cut.over ? CUT : CUT_OPEN]] : well;
    }
  }
}

/** Oldest first. All times are on the clock of the meeting. */
export function historyOf(one: ParticipantView, index: number, startedAtMs: number, clockMs: number, cut: Cut | null): Transition[] {
  return storyOf(one, index, one.stateSinceMs - startedAtMs, cut).flatMap(([from, scenes]) =>
    scenes
      .filter(([ms]) => from + ms <= clockMs)
      .map(([ms, phase, state, cause, rung, generation]) => ({
        atMs: from + ms,
        generation: generation ?? 1,
        phase,
        state,
        rung: rung ?? null,
        cause,
      })),
  );
}

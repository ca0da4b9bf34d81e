/** Connections that are not there, for the debug panel: one that saw a glare, one that was cut, one in trouble. */
import type { CandidateDiagnostics } from "../../wire/CandidateDiagnostics";
import type { Cause } from "../../wire/Cause";
import type { ConnectionDiagnostics } from "../../wire/ConnectionDiagnostics";
import type { Counters } from "../../wire/Counters";
import type { Descriptions } from "../../wire/Descriptions";
import type { Diagnostics } from "../../wire/Diagnostics";
import type { Fault } from "../../wire/Fault";
import type { FaultReport } from "../../wire/FaultReport";
import type { MeetingSnapshot } from "../../wire/MeetingSnapshot";
import type { NegotiationSnapshot } from "../../wire/NegotiationSnapshot";
import type { ParticipantView } from "../../wire/ParticipantView";
import type { PeerState } from "../../wire/PeerState";
import type { PeerStats } from "../../wire/PeerStats";
import type { Phase } from "../../wire/Phase";
import type { RemoteDiagnostics } from "../../wire/RemoteDiagnostics";
import type { Rung } from "../../wire/Rung";
import type { Transition } from "../../wire/Transition";

type Scene = readonly [ms: number, phase: Phase, state: PeerState, cause: Cause, rung?: Rung | null, generation?: number];

const JOINED: readonly Scene[] = [
  [0, "creatingConnection", "connecting", "started"],
  [4, "stable", "connecting", "operationDone"],
  [5, "creatingOffer", "connecting", "taskStarted"],
  [9, "haveLocalOffer", "connecting", "operationDone"],
  [31, "applyingAnswer", "connecting", "remoteAnswer"],
  [35, "stable", "connecting", "operationDone"],
  [240, "stable", "connected", "transportConnected"],
];
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
/** One after another, from when the meeting began. */
const STORIES: readonly (readonly (readonly [number, readonly Scene[]])[])[] = [
  [[0, JOINED], [61_000, GLARE], [182_000, GLARE]],
  [[0, JOINED], [95_000, CUT]],
  [[0, JOINED], [40_000, GLARE], [130_000, CUT]],
  [[0, JOINED]],
];
/** A cut that lasts: where it stops while the fault does. */
const STUCK = 3;

function played(scenes: readonly Scene[], from: number, upTo: number): Transition[] {
  return scenes
    .filter(([ms]) => from + ms <= upTo)
    .map(([ms, phase, state, cause, rung, generation]) => ({
      atMs: from + ms,
      generation: generation ?? 1,
      phase,
      state,
      rung: rung ?? null,
      cause,
    }));
}

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

function sdp(ufrag: string, version: number, screen: boolean): string {
  const section = (kind: string, mid: number, codec: string): string[] => [
    `m=${kind}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${String(mid)}`,
    "a=sendrecv",
    "a=rtcp-mux",
    codec,
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${ufrag.repeat(5)}`,
  ];
  return [
    "v=0",
    `o=- 4611731400430051336 ${String(version)} IN IP4 0.0.0.0`,
    "s=-",
    "t=0 0",
    `a=group:BUNDLE 0 1${screen ? " 2" : ""} 3`,
    ...section("audio 9 UDP/TLS/RTP/SAVPF 111", 0, "a=rtpmap:111 opus/48000/2"),
    ...section("video 9 UDP/TLS/RTP/SAVPF 96", 1, "a=rtpmap:96 VP8/90000"),
    ...(screen ? section("video 9 UDP/TLS/RTP/SAVPF 96", 2, "a=rtpmap:96 VP8/90000") : []),
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=mid:3",
    "a=sctp-port:5000",
    "",
  ].join("\r\n");
}

function descriptions(): Descriptions {
  const one = (generation: number, kind: "offer" | "answer", msAgo: number, text: string) => ({
    generation,
    kind,
    msAgo,
    sdp: text,
  });
  return {
    local: { before: one(1, "offer", 92_000, sdp("kX2v", 2, false)), after: one(1, "offer", 8_000, sdp("9fQz", 3, true)) },
    remote: { before: null, after: one(1, "answer", 8_000, sdp("Tt4m", 2, false)) },
  };
}

function candidate(kind: string, address: string): CandidateDiagnostics {
  return { kind, address, protocol: "udp" };
}

function connection(index: number, generation: number, up: boolean, wave: number): ConnectionDiagnostics {
  const local = candidate("host", "192.168.1.20:50412");
  const remote = candidate(index === 1 ? "srflx" : "host", `192.168.1.${String(30 + index)}:4173${String(index)}`);
  const older = candidate("host", "10.8.0.2:51820");
  return {
    generation,
    ice: up ? "connected" : "disconnected",
    iceRole: index % 2 === 0 ? "controlling" : "controlled",
    dtls: "connected",
    pairs: [
      { local, remote, state: "succeeded", chosen: true, rttMs: 11 + 6 * wave, bytesIn: 18_200_411, bytesOut: 16_930_122, checks: 412, answers: 409 },
      { local: older, remote, state: "succeeded", chosen: false, rttMs: null, bytesIn: 20_114, bytesOut: 17_001, checks: 12, answers: 9 },
    ],
    localCandidates: [older, local, candidate("srflx", "203.0.113.9:50412")],
    remoteCandidates: [remote],
    audioJitterMs: 2.4 + 2 * wave,
    videoJitterMs: 4 + 3 * wave,
  };
}

function stats(seconds: number, up: boolean, wave: number): PeerStats {
  const kbpsIn = up ? 1150 + 340 * wave : 0;
  return {
    bytesIn: Math.round(seconds * 140_000),
    bytesOut: Math.round(seconds * 130_000),
    packetsIn: Math.round(seconds * 160),
    packetsOut: Math.round(seconds * 155),
    kbpsIn,
    kbpsOut: 980 + 260 * wave,
    rttMs: up ? 14 + 7 * wave : null,
    lossOut: up ? Math.max(0, 0.012 * wave) : 1,
    lossIn: up ? Math.max(0, 0.006 * wave) : null,
    audioPackets: Math.round(seconds * 50),
    frames: Math.round(seconds * 30),
    interruptions: 2,
    uselessPackets: 0,
    keyframesAsked: 3,
    keyframesRequested: 2,
    batchesDropped: 0,
    batchesSkipped: 0,
    mediaDropped: 0,
    mediaDuplicate: 0,
    commandsDropped: 0,
    controlMalformed: 0,
    controlDropped: 0,
  };
}

const BOUNDS = [
  "frames.connections", "frames.keyframe_requests", "frames.lagged", "frames.not_taken", "frames.tiles",
  "meeting.events", "negotiation.candidates_dropped", "negotiation.candidates_refused", "negotiation.late_reports",
  "negotiation.malformed", "negotiation.older_generation", "peer.batches_dropped", "peer.commands_dropped",
  "peer.control_dropped", "peer.media_dropped", "peer.useless_packets", "signaling.broken_seal",
  "signaling.duplicate", "signaling.queue_overflow", "signaling.replayed",
];

export class Troubles {
  #faults: FaultReport[] = [];
  #lost = 1;

  inject(fault: Fault): void {
    const report: FaultReport = { id: this.#faults.length + 1, fault, atMs: Date.now(), badgeMs: null, recoveredMs: null };
    this.#faults = [report, ...this.#faults];
    const lasts = "seconds" in fault ? fault.seconds * 1000 : 900;
    if (fault.type === "signaling") this.#lost += 1;
    const change = (part: Partial<FaultReport>): void => {
      this.#faults = this.#faults.map((one) => (one.id === report.id ? { ...one, ...part } : one));
    };
    if (fault.type !== "loss") setTimeout(() => change({ badgeMs: Math.min(2130, lasts) }), Math.min(2130, lasts));
    setTimeout(() => change({ recoveredMs: lasts + 240 }), lasts + 240);
  }

  diagnostics(meeting: MeetingSnapshot | null): Diagnostics {
    if (!meeting) throw Object.assign(new Error("no meeting"), { code: "not_in_meeting", detail: {} });
    const atMs = Date.now();
    return {
      atMs,
      version: "0.1.0",
      me: meeting.self.id,
      signaling: { state: meeting.signaling, lost: this.#lost, back: this.#lost },
      peers: meeting.participants.map((one, index) => this.#remote(meeting, one, index, atMs)),
      bounds: BOUNDS.map((name) => ({ name, count: name === "signaling.duplicate" ? 2 : 0 })),
      faults: this.#faults,
    };
  }

  #remote(meeting: MeetingSnapshot, one: ParticipantView, index: number, atMs: number): RemoteDiagnostics {
    const clockMs = atMs - meeting.startedAtMs;
    const cut = this.#faults.find(({ fault }) => fault.type === "cut" && fault.participant === one.id);
    const story = [...(STORIES[index % STORIES.length] ?? [])];
    const history = story.flatMap(([from, scenes]) => played(scenes, from, clockMs));
    if (cut) {
      const from = cut.atMs - meeting.startedAtMs + 2100;
      const whole = cut.recoveredMs === null ? CUT.slice(0, STUCK) : CUT;
      history.push(...played(whole, from, clockMs));
    }
    const last = history.at(-1);
    const state = last?.state ?? "connecting";
    const up = state === "connected" && one.state === "connected";
    const wave = Math.sin(atMs / 9000 + index * 2) * 0.7 + Math.sin(atMs / 2300 + index) * 0.3;
    const generation = last?.generation ?? 1;
    return {
      id: one.id,
      name: one.name,
      state: one.state,
      negotiation: negotiation(meeting.self.id, one.id, history, clockMs, up),
      stats: stats(clockMs / 1000, up, wave),
      clockMs,
      connections: [connection(index, generation, up, wave)],
      descriptions: descriptions(),
      impaired: cut && cut.recoveredMs === null ? 100 : 0,
    };
  }
}

function negotiation(
  local: string,
  remote: string,
  history: Transition[],
  clockMs: number,
  up: boolean,
): NegotiationSnapshot {
  const last = history.at(-1);
  const since = clockMs - (last?.atMs ?? 0);
  const rung = last?.rung ?? null;
  const busy = rung !== null || since < 600;
  return {
    local,
    remote,
    polite: history.some(({ cause }) => cause === "glare"),
    state: last?.state ?? "connecting",
    stateSinceMsAgo: since,
    generation: last?.generation ?? 1,
    relayOnly: false,
    phase: last?.phase ?? "stable",
    phaseSinceMsAgo: since,
    transport: up ? "connected" : "disconnected",
    transportSinceMsAgo: since,
    controlOpen: true,
    carriesMedia: up,
    previous: null,
    signaling: true,
    reachable: true,
    mediaExpected: true,
    wanted: { microphone: true, camera: true, screen: false },
    negotiated: { microphone: true, camera: true, screen: false },
    remoteTracks: { microphone: true, camera: true, screen: false },
    inFlight: busy
      ? { task: { id: 7, kind: "iceRestart", priority: "urgent", ageMs: since % 3000 }, startedMsAgo: since % 3000 }
      : null,
    queue: busy ? [{ id: 8, kind: "offer", priority: "normal", ageMs: (since % 3000) + 40 }] : [],
    lastResult: "done",
    candidatesWaiting: 0,
    localCandidatesHeld: 0,
    recovery:
      rung === null
        ? null
        : { cause: "transportDisconnected", rung, attempt: 1, failed: 0, sinceMsAgo: since, nextAttemptInMs: 3000 - (since % 3000) },
    timers: up ? [{ timer: "silence", inMs: 1800 - (clockMs % 250) }] : [{ timer: "attempt", inMs: 3000 - (since % 3000) }],
    counters: { ...COUNTERS, transitions: history.length },
    history,
  };
}

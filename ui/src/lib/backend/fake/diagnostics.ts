/** Invented connections for the debug panel, in the state that is shown for the person. */
import type { CandidateDiagnostics } from "../../wire/CandidateDiagnostics";
import type { ChannelSnapshot } from "../../wire/ChannelSnapshot";
import type { ConnectionDiagnostics } from "../../wire/ConnectionDiagnostics";
import type { Descriptions } from "../../wire/Descriptions";
import type { Diagnostics } from "../../wire/Diagnostics";
import type { Fault } from "../../wire/Fault";
import type { FaultReport } from "../../wire/FaultReport";
import type { MeetingSnapshot } from "../../wire/MeetingSnapshot";
import type { ParticipantView } from "../../wire/ParticipantView";
import type { PeerStats } from "../../wire/PeerStats";
import type { RemoteDiagnostics } from "../../wire/RemoteDiagnostics";
import { historyOf } from "./history";
import { negotiation } from "./negotiation";

/** After a cut, the time until somebody notices. */
const FELT_MS = 2100;

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

/** Counts of a source of which nothing was counted. */
const NOTHING = {
  received: 0,
  interruptions: 0,
  uselessPackets: 0,
  dropped: 0,
  duplicate: 0,
  keyframesAsked: 0,
  keyframesRequested: 0,
  batchesDropped: 0,
  batchesSkipped: 0,
} as const;

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
    sources: [
      { ...NOTHING, source: "microphone", received: Math.round(seconds * 50) },
      { ...NOTHING, source: "camera", received: Math.round(seconds * 30), interruptions: 2, keyframesAsked: 3, keyframesRequested: 2 },
    ],
    commandsDropped: 0,
    controlMalformed: 0,
    controlDropped: 0,
    controlOverRate: 0,
  };
}

function control(seconds: number, generation: number | null): ChannelSnapshot {
  return {
    label: "control",
    generation,
    queuedMessages: 0,
    queuedBytes: generation === null ? 112 : 0,
    sent: Math.round(seconds / 5),
    resent: 0,
    received: Math.round(seconds / 5),
    dropped: 0,
    overtaken: 0,
    overRate: 0,
    malformed: 0,
    allowance: 199,
    burst: 200,
  };
}

const BOUNDS = [
  "frames.connections", "frames.keyframe_requests", "frames.lagged", "frames.not_taken", "frames.feeds", "frames.undecodable",
  "meeting.events", "negotiation.candidates_dropped", "negotiation.candidates_refused", "negotiation.late_reports",
  "negotiation.malformed", "negotiation.older_generation", "peer.batches_dropped", "peer.commands_dropped",
  "peer.control_dropped", "peer.control_over_rate", "peer.media_dropped", "peer.useless_packets", "signaling.broken_seal",
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
    if (fault.type !== "loss") setTimeout(() => change({ badgeMs: Math.min(FELT_MS, lasts) }), Math.min(FELT_MS, lasts));
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
    const felt = cut ? { fromMs: cut.atMs - meeting.startedAtMs + FELT_MS, over: cut.recoveredMs !== null } : null;
    const history = historyOf(one, index, meeting.startedAtMs, clockMs, felt);
    const last = history.at(-1);
    const up = (last?.state ?? "connecting") === "connected";
    const wave = Math.sin(atMs / 9000 + index * 2) * 0.7 + Math.sin(atMs / 2300 + index) * 0.3;
    const generation = last?.generation ?? 1;
    return {
      id: one.id,
      name: one.name,
      state: one.state,
      negotiation: negotiation({ local: meeting.self.id, remote: one.id, history, clockMs, up }),
      stats: stats(clockMs / 1000, up, wave),
      channels: [control(clockMs / 1000, up ? generation : null)],
      clockMs,
      connections: [connection(index, generation, up, wave)],
      descriptions: descriptions(),
      impaired: cut && cut.recoveredMs === null ? 100 : 0,
    };
  }
}

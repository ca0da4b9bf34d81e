import { describe, expect, it } from "vitest";

import { diff } from "../src/debug/diff";
import { bytes, number, seconds } from "../src/debug/format";
import { graph } from "../src/debug/graph";
import { KINDS, Log, filtered, type LogKind } from "../src/debug/log";
import { Samples, SPAN_MS, lines, niceMax } from "../src/debug/samples";
import { distance, layout } from "../src/debug/timeline";
import { Troubles } from "../src/lib/backend/fake/diagnostics";
import { mixed, oneself, others } from "../src/lib/backend/fake/people";
import { useLanguage } from "../src/lib/text/catalogue";
import type { PeerState } from "../src/lib/wire/PeerState";
import type { Diagnostics } from "../src/lib/wire/Diagnostics";
import type { Fault } from "../src/lib/wire/Fault";
import type { Transition } from "../src/lib/wire/Transition";

function transition(atMs: number, change: Partial<Transition> = {}): Transition {
  return { atMs, generation: 1, phase: "stable", state: "connected", rung: null, cause: "operationDone", ...change };
}

/** Synthetic people, some time into a meeting. */
function diagnosed(participants = others(3)): Diagnostics {
  const self = oneself({ name: "Ada", microphone: true, camera: true });
  const devices = { camera: null, microphone: null, speaker: null };
  return new Troubles().diagnostics({
    self, participants, invite: "", signaling: "connected", startedAtMs: Date.now() - 754_000, pinned: null, devices,
    chat: { revision: 0, unread: 0 },
  });
}

describe("the timeline", () => {
  it("lets glare, rollback, restart and rebuild stand out, once each", () => {
    const history = [
      transition(0, { phase: "haveLocalOffer" }),
      transition(10, { phase: "rollingBack", cause: "glare" }),
      transition(12),
      transition(20, { phase: "rollingBack", cause: "unanswered" }),
      transition(30, { state: "reconnecting", rung: "iceRestart", cause: "transportDisconnected" }),
      transition(31, { state: "reconnecting", rung: "iceRestart", phase: "creatingOffer", cause: "taskStarted" }),
      transition(3031, { state: "reconnecting", rung: "iceRestart", cause: "attemptFailed" }),
      transition(6031, { state: "reconnecting", rung: "rebuild", generation: 2, phase: "creatingConnection" }),
      transition(6032, { state: "reconnecting", rung: "rebuild", generation: 2 }),
      transition(6300, { generation: 2, cause: "mediaBack" }),
    ];
    const kinds = layout(history).marks.map(({ kind }) => kind);
    expect(kinds).toEqual(["glare", "rollback", "restart", "restart", "rebuild", "back"]);
  });

  it("keeps time in order and presses long silences together", () => {
    const history = [transition(0), transition(1), transition(3_600_000), transition(3_600_001)];
    const xs = layout(history).steps.map(({ x }) => x);
    expect([...xs].sort((a, b) => a - b)).toEqual(xs);
    expect(distance(3_600_000)).toBeLessThan(5 * distance(1));
    expect(layout(history).ticks.map(({ gapMs }) => gapMs)).toEqual([3_599_999]);
  });

  it("draws one band per state, without gaps, to the end", () => {
    const history = [transition(0), transition(5, { state: "reconnecting" }), transition(9)];
    const { bands, width } = layout(history);
    expect(bands.map(({ state }) => state)).toEqual(["connected", "reconnecting", "connected"]);
    expect(bands[0]?.to).toBe(bands[1]?.from);
    expect(bands[2]?.to).toBe(width);
  });

  it("gives words to flags only where there is room", () => {
    const crowd = [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
      transition(n, n % 2 === 0 ? { cause: "glare" } : { phase: "rollingBack", cause: "superseded" }),
    );
    const marks = layout(crowd).marks;
    for (const row of [0, 1, 2]) {
      const worded = marks.filter((mark) => mark.row === row && !mark.bare).map(({ x }) => x);
      worded.slice(1).forEach((x, index) => expect(x - (worded[index] ?? 0)).toBeGreaterThanOrEqual(76));
    }
    expect(marks.some(({ bare }) => bare)).toBe(true);
  });

  it("is empty without a history", () => {
    expect(layout([]).steps).toEqual([]);
  });
});

describe("the difference of two descriptions", () => {
  it("marks what came and what went and nothing else", () => {
    expect(diff("v=0\r\na=x:1\r\nm=audio\r\n", "v=0\r\na=x:2\r\nm=audio\r\nm=video\r\n")).toEqual([
      { kind: "same", text: "v=0" },
      { kind: "removed", text: "a=x:1" },
      { kind: "added", text: "a=x:2" },
      { kind: "same", text: "m=audio" },
      { kind: "added", text: "m=video" },
    ]);
  });

  it("of the same text is none, and of nothing is everything", () => {
    expect(diff("a\nb\n", "a\nb\n").every(({ kind }) => kind === "same")).toBe(true);
    expect(diff("", "a\nb\n").map(({ kind }) => kind)).toEqual(["added", "added"]);
  });
});

describe("the samples", () => {
  const remote = diagnosed().peers[0];

  it("are forgotten after two minutes", () => {
    if (!remote) throw new Error("no remote there");
    const samples = new Samples();
    for (let at = 0; at <= 300_000; at += 500) samples.add(remote, at);
    expect(samples.all.length).toBe(SPAN_MS / 500);
    expect(samples.all[0]?.atMs).toBeGreaterThan(300_000 - SPAN_MS);
  });

  it("turn counted pictures into a rate", () => {
    if (!remote) throw new Error("no remote there");
    const samples = new Samples();
    for (let at = 0; at <= 3000; at += 500) {
      samples.add({ ...remote, stats: { ...remote.stats, sources: [{ ...remote.stats.sources[1]!, received: at * 0.03 }] } }, at);
    }
    expect(samples.all[0]?.frames).toBeNull();
    expect(samples.all.at(-1)?.frames).toBeCloseTo(30);
  });

  it("become lines that stop where nothing is known", () => {
    const at = (atMs: number, rttMs: number | null) => ({
      atMs, rttMs, kbpsIn: 0, kbpsOut: 0, lossIn: null, lossOut: null, jitterMs: null, frames: null,
    });
    const found = lines([at(0, 5), at(500, null), at(60_000, 10), at(120_000, 20)], ({ rttMs }) => rttMs, 20, 120_000);
    expect(found).toEqual([[{ x: 0, y: 0.25 }], [{ x: 0.5, y: 0.5 }, { x: 1, y: 1 }]]);
  });

  it("have axes that end at round numbers", () => {
    expect([niceMax(0, 5), niceMax(7, 5), niceMax(1180, 100), niceMax(10, 1)]).toEqual([5, 10, 2000, 10]);
  });
});

describe("numbers", () => {
  it("are written as the language in use writes them", () => {
    expect([seconds(7_730), bytes(1_250_000), number(0.25, 2)]).toEqual(["7.7 s", "1.3 MB", "0.25"]);
    useLanguage("de");
    try {
      expect([seconds(7_730), bytes(1_250_000), number(0.25, 2)]).toEqual(["7,7 s", "1,3 MB", "0,25"]);
    } finally {
      useLanguage("en");
    }
    expect(seconds(61_499)).toBe("1 min 1 s");
  });
});

describe("the event log", () => {
  it("has each event once, however often it is looked at, newest first", () => {
    const log = new Log();
    const now = diagnosed();
    log.look(now);
    const first = log.entries.length;
    log.look(now);
    expect(first).toBeGreaterThan(20);
    expect(log.entries.length).toBe(first);
    const times = log.entries.map(({ atMs }) => atMs);
    expect([...times].sort((a, b) => b - a)).toEqual(times);
  });

  it("notes a bound that is hit, and a glare of the side that does not yield", () => {
    const log = new Log();
    const now = diagnosed();
    log.look(now);
    const peers = now.peers.map((peer, index) => {
      const counters = { ...peer.negotiation.counters, ignoredOffers: index === 0 ? 1 : 0 };
      return { ...peer, negotiation: { ...peer.negotiation, counters } };
    });
    log.look({ ...now, peers, bounds: now.bounds.map((bound) => ({ ...bound, count: bound.count + 1 })) });
    expect(log.entries.filter(({ kind }) => kind === "bound").length).toBe(now.bounds.length);
    expect(log.entries.filter(({ words }) => words().includes("ignored")).map(({ mark }) => mark)).toEqual(["glare"]);
  });

  it("is in the language in use, and searched in it, also what happened before it changed", () => {
    const log = new Log();
    const now = diagnosed();
    log.look(now);
    const peers = now.peers.map((peer) => {
      const { negotiation } = peer;
      const counters = { ...negotiation.counters, transitions: negotiation.counters.transitions + 1, ignoredOffers: 1 };
      const history = [...negotiation.history, transition(peer.clockMs, { rung: "rebuild", generation: 2, cause: "attemptFailed" })];
      return { ...peer, negotiation: { ...negotiation, counters, history } };
    });
    const fault = (id: number, fault: Fault) => ({ id, fault, atMs: now.atMs, badgeMs: null, recoveredMs: null });
    const faults = [
      fault(1, { type: "cut", participant: "1", seconds: 5 }),
      fault(2, { type: "loss", participant: "1", percent: 20, seconds: 5 }),
      fault(3, { type: "signaling" }),
      fault(4, { type: "sleep" }),
    ];
    log.look({ ...now, peers, faults });
    const told = (kind: LogKind, wanted = ""): string[] => {
      const found = filtered(log.entries, { kinds: new Set([kind]), peer: null, words: wanted });
      return [...new Set(found.map(({ words }) => words()))].sort();
    };
    expect(told("fault")).toEqual(["Add loss", "Cut", "Drop the meeting server", "Pretend to sleep"].map((one) => `On purpose: ${one}`));
    expect(told("state")).toContain("Connecting → Connected (transport connected)");
    expect(told("negotiation", "OFFER IS OUT")).toEqual(["Offer is out (done)"]);
    useLanguage("de");
    try {
      expect(told("fault")).toEqual(["Schlaf vortäuschen", "Server abhängen", "Trennen", "Verlust"].map((one) => `Mit Absicht: ${one}`));
      expect(told("negotiation", "fremdes angebot")).toEqual(["Fremdes Angebot übergangen (Zusammenstoß)"]);
      expect(told("state")).toContain("Verbindet → Verbunden (Transport verbunden)");
      expect(told("negotiation", "draußen")).toEqual(["Angebot ist draußen (getan)"]);
      expect(told("recovery", "Neue Verbindung")).toContain("Neue Verbindung, Generation 2 (Versuch half nicht)");
    } finally {
      useLanguage("en");
    }
  });

  it("is filtered by kind, by connection and by words", () => {
    const log = new Log();
    const now = diagnosed();
    log.look(now);
    const peer = now.peers[0]?.id ?? null;
    const all = { kinds: new Set(KINDS), peer: null, words: "" };
    expect(filtered(log.entries, all).length).toBe(log.entries.length);
    expect(filtered(log.entries, { ...all, peer }).every((entry) => entry.peer === peer)).toBe(true);
    expect(filtered(log.entries, { ...all, kinds: new Set() })).toEqual([]);
    const found = filtered(log.entries, { ...all, words: " GLARE " });
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ words, mark }) => words().includes("glare") || mark === "glare")).toBe(true);
  });
});

describe("the people who are not there", () => {
  const peers = diagnosed(mixed(others(5))).peers;
  const of = (state: PeerState) => peers.find((peer) => peer.state === state)!.negotiation;

  it("are in their negotiations as they are in the meeting, so that pictures show a queue at work", () => {
    expect(peers.filter(({ state, negotiation }) => state !== negotiation.state)).toEqual([]);
    const { inFlight, queue, recovery, timers } = of("reconnecting");
    expect([inFlight?.task, ...queue].map((task) => [task?.kind, task?.priority])).toEqual([
      ["answer", "urgent"],
      ["iceRestart", "urgent"],
      ["offer", "normal"],
    ]);
    const ages = [inFlight?.task, ...queue].map((task) => task?.ageMs ?? 0);
    expect([...ages].sort((a, b) => a - b), "what waits the longest has the last turn").toEqual(ages);
    expect([recovery?.rung, recovery?.attempt, timers.map(({ timer }) => timer)]).toEqual(["iceRestart", 2, ["operation", "attempt"]]);
    expect(of("failed").recovery).toMatchObject({ rung: "background", cause: "transportDisconnected" });
  });

  it("saw everything that stands out", () => {
    const kinds = (state: PeerState) => new Set(layout(of(state).history).marks.map(({ kind }) => kind));
    expect(kinds("reconnecting")).toEqual(new Set(["glare", "rollback", "restart", "rebuild", "back"]));
    expect(kinds("failed")).toEqual(new Set(["glare", "rollback", "restart", "rebuild", "back", "relay", "failed"]));
  });
});

describe("the graph", () => {
  it("has one edge per pair, and arrows where sound flows", () => {
    const one = (id: string, hears?: string[]) => ({ id, name: id, state: "connected" as const, ...(hears ? { hears } : {}) });
    const { nodes, edges } = graph(one("a", ["b"]), [one("b", ["a", "c"]), one("c")]);
    expect(nodes.map(({ me }) => me)).toEqual([true, false, false]);
    expect(edges.map(({ key, state, forth, back }) => [key, state, forth, back])).toEqual([
      ["a b", "connected", true, true],
      ["a c", "connected", null, false],
      ["b c", null, null, true],
    ]);
  });
});

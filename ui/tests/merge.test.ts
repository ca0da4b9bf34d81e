import { describe, expect, it } from "vitest";

import { changes } from "../src/lib/meeting/changes";
import { merge } from "../src/lib/meeting/merge";
import { announcement } from "../src/lib/text/announce";
import { meeting, person } from "./people";

describe("a snapshot plus events", () => {
  it("takes the snapshot as it is, whatever was known before", () => {
    const snapshot = meeting("2", "1");
    expect(merge(meeting("9"), { type: "snapshot", snapshot })).toEqual(snapshot);
  });

  it("adds at the end and replaces in place, leaving everyone else untouched", () => {
    const before = meeting("1", "2");
    const added = merge(before, { type: "participant", participant: person("3") })!;
    expect(added.participants.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    const replaced = merge(added, { type: "participant", participant: person("1", { state: "reconnecting" }) })!;
    expect(replaced.participants.map(({ id, state }) => [id, state])).toEqual([
      ["1", "reconnecting"],
      ["2", "connected"],
      ["3", "connected"],
    ]);
    expect(replaced.participants[1]).toBe(before.participants[1]);
    expect(before.participants[0]?.state).toBe("connected");
  });

  it("removes a person who left, whichever event says so", () => {
    expect(merge(meeting("1", "2"), { type: "participantLeft", id: "1" })?.participants).toHaveLength(1);
    const left = person("1", { state: "left" });
    expect(merge(meeting("1", "2"), { type: "participant", participant: left })?.participants).toHaveLength(1);
    const snapshot = { ...meeting("2"), participants: [left, person("2")] };
    expect(merge(null, { type: "snapshot", snapshot })?.participants.map(({ id }) => id)).toEqual(["2"]);
    expect(merge(meeting("1"), { type: "participantLeft", id: "77" })?.participants).toHaveLength(1);
  });

  it("changes oneself and the signaling state", () => {
    const me = person("0", { media: { revision: 2, microphone: false, camera: true, screen: false, hand: true } });
    expect(merge(meeting(), { type: "self", self: me })?.self.media.hand).toBe(true);
    expect(merge(meeting(), { type: "signaling", state: "reconnecting" })?.signaling).toBe("reconnecting");
  });

  it("ends, and then ignores what is still on its way", () => {
    const ended = merge(meeting("1"), { type: "ended", code: null });
    expect(ended).toBeNull();
    expect(merge(ended, { type: "participant", participant: person("1") })).toBeNull();
    expect(merge(ended, { type: "self", self: person("0") })).toBeNull();
  });

  it("is not changed by a notice", () => {
    const before = meeting("1");
    expect(merge(before, { type: "notice", code: "queue_overflow" })).toBe(before);
  });
});

describe("what is said about a change", () => {
  const said = (before: Parameters<typeof changes>[0], after: Parameters<typeof changes>[1]): string[] =>
    changes(before, after).map(announcement);

  it("names who came and went, once", () => {
    expect(said(null, meeting())).toEqual(["You are in the meeting. Nobody else is here yet."]);
    expect(said(null, meeting("1"))).toEqual(["You are in the meeting with 1 other person."]);
    expect(said(meeting("1"), meeting("2"))).toEqual(["Person 2 joined.", "Person 1 left."]);
    expect(said(meeting("1"), meeting("1"))).toEqual([]);
    expect(said(meeting("1"), null)).toEqual([]);
  });

  it("speaks of a connection that broke and came back, not of one being made", () => {
    const at = (state: "connecting" | "connected" | "reconnecting" | "failed") => ({
      ...meeting(),
      participants: [person("1", { state })],
    });
    expect(said(at("connecting"), at("connected"))).toEqual([]);
    expect(said(at("connected"), at("reconnecting"))).toEqual(["The connection to Person 1 was lost. Reconnecting."]);
    expect(said(at("reconnecting"), at("connected"))).toEqual(["Person 1 is connected again."]);
    expect(said(at("reconnecting"), at("failed"))).toEqual([
      "The connection to Person 1 failed. Holdfast keeps trying.",
    ]);
  });

  it("confirms one's own controls", () => {
    const before = meeting();
    const after = { ...before, self: person("0", { media: { ...before.self.media, microphone: false, hand: true } }) };
    expect(said(before, after)).toEqual(["Your microphone is off.", "Your hand is raised."]);
  });
});

import { describe, expect, it } from "vitest";

import { gaps, hearing } from "../src/lib/meeting/hearing";
import { handOrder, listed } from "../src/lib/meeting/hands";
import type { ParticipantView } from "../src/lib/wire/ParticipantView";
import { meeting, person } from "./people";

const media = (change: Partial<ParticipantView["media"]>): Partial<ParticipantView> => ({
  media: { revision: 1, microphone: true, camera: true, screen: false, hand: false, ...change },
});

describe("who hears whom", () => {
  it("is what each listener says, row by row, oneself first", () => {
    const participants = [person("1", { hears: ["0", "2"] }), person("2", { hears: ["0"] })];
    const rows = hearing({ ...meeting(), participants });
    expect(rows.map(({ listener }) => listener.id)).toEqual(["0", "1", "2"]);
    expect(rows.map(({ cells }) => cells)).toEqual([
      ["self", "hears", "hears"],
      ["hears", "self", "hears"],
      ["hears", "deaf", "self"],
    ]);
    expect(gaps(rows).map(({ listener, speaker }) => [listener.id, speaker.id])).toEqual([["2", "1"]]);
  });

  it("follows for ourselves from the connection, and is never guessed for others", () => {
    const participants = [person("1", { state: "reconnecting", hears: null }), person("2", { hears: null })];
    const rows = hearing({ ...meeting(), participants });
    expect(rows[0]!.cells).toEqual(["self", "deaf", "hears"]);
    expect(rows[1]!.cells).toEqual(["unknown", "self", "unknown"]);
    expect(gaps(rows)).toHaveLength(1);
  });

  it("misses nothing of someone who is muted", () => {
    const participants = [person("1", { ...media({ microphone: false }), hears: [] }), person("2", { hears: ["0", "1"] })];
    const rows = hearing({ ...meeting(), participants });
    expect(rows[0]!.cells).toEqual(["self", "muted", "hears"]);
    expect(rows[2]!.cells).toEqual(["hears", "muted", "self"]);
    expect(rows[1]!.cells).toEqual(["deaf", "self", "deaf"]);
  });
});

describe("raised hands", () => {
  const raised = (id: string, handSinceMs: number | null) => person(id, { ...media({ hand: true }), handSinceMs });

  it("are numbered in the order they went up, those of unknown time last", () => {
    const people = [raised("1", 500), person("2"), raised("3", 100), raised("4", null), raised("5", null)];
    expect([...handOrder(people)]).toEqual([["3", 1], ["1", 2], ["4", 3], ["5", 4]]);
  });

  it("come first in the list, then oneself, then the others as they came", () => {
    const order = listed(person("0"), [person("1"), raised("2", 900), person("3"), raised("4", 200)]);
    expect(order.map(({ id }) => id)).toEqual(["4", "2", "0", "1", "3"]);
  });

  it("are not numbered any more once down, whatever their time says", () => {
    expect(handOrder([person("1", { handSinceMs: 5 })]).size).toBe(0);
  });
});

import { expect, it } from "vitest";

import { Credits } from "../src/lib/frames/credits";

function counted() {
  const given: number[] = [];
  return { credits: new Credits((seq) => given.push(seq)), given };
}

it("passes on what is given", () => {
  const { credits, given } = counted();
  credits.give(1);
  credits.give(2);
  expect(given).toEqual([1, 2]);
});

it("keeps the newest while it holds back, whatever their order, and across the wrap", () => {
  const { credits, given } = counted();
  credits.hold();
  for (const seq of [0xffff_fffe, 1, 0xffff_ffff]) credits.give(seq);
  expect(given).toEqual([]);
  credits.release();
  expect(given).toEqual([1]);
  credits.release();
  expect(given, "once").toEqual([1]);
});

it("gives nothing of an earlier connection", () => {
  const { credits, given } = counted();
  credits.hold();
  credits.give(7);
  credits.forget();
  credits.release();
  expect(given).toEqual([]);
});

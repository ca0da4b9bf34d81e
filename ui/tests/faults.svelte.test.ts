// @vitest-environment happy-dom
/** Faults on purpose: the table counts on with every look; the live region says only what is over, and says it once. */
import { flushSync, mount, unmount } from "svelte";
import { afterEach, describe, expect, it } from "vitest";

import Faults from "../src/debug/Faults.svelte";
import { useLanguage } from "../src/lib/text/catalogue";
import type { FaultReport } from "../src/lib/wire/FaultReport";
import { find } from "./page";

const cut: FaultReport = {
  id: 1, fault: { type: "cut", participant: "1", seconds: 5 }, atMs: 1000, badgeMs: null, recoveredMs: null,
};

let mounted: Record<string, unknown> | null = null;

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
  useLanguage("en");
});

function open(reports: FaultReport[]): (reports: FaultReport[], nowMs: number) => void {
  const props = $state({
    peer: null, name: (id: string) => `Person ${id}`, allowed: true, reports, refused: null, nowMs: 1000,
    inject: () => Promise.resolve(),
  });
  mounted = mount(Faults, { target: document.body, props });
  flushSync();
  return (reports, nowMs) => {
    props.reports = reports;
    props.nowMs = nowMs;
    flushSync();
  };
}

/** Everything that is read out when it changes. */
const live = (): string =>
  [...document.querySelectorAll("[aria-live], [role=status], [role=log], [role=alert]")].map((one) => one.textContent?.trim()).join("");

describe("a fault on purpose", () => {
  it("says nothing while it lasts, and once when it is over", () => {
    const look = open([]);
    look([cut], 1500);
    look([cut], 2000);
    look([{ ...cut, badgeMs: 900 }], 2500);
    expect(find("fault-report").textContent).toContain("1.5 s …");
    expect(live()).toBe("");
    look([{ ...cut, recoveredMs: 5240 }], 6500);
    expect(live()).toBe("Person 1 cut for 5 s: well after 5.2 s.");
    const sentence = find("fault-said").firstElementChild;
    look([{ ...cut, recoveredMs: 5240 }], 7000);
    expect(find("fault-said").firstElementChild, "the same one").toBe(sentence);
  });

  it("is said again of another one that went the same way, also where it was over as soon as it was seen", () => {
    const look = open([{ ...cut, recoveredMs: 5240 }]);
    expect(live(), "long ago").toBe("");
    look([{ ...cut, recoveredMs: 5240 }, { ...cut, id: 2, recoveredMs: 5240 }], 7000);
    const sentence = find("fault-said").firstElementChild;
    expect(live()).toBe("Person 1 cut for 5 s: well after 5.2 s.");
    look([{ ...cut, recoveredMs: 5240 }, { ...cut, id: 2, recoveredMs: 5240 }, { ...cut, id: 3, recoveredMs: 5240 }], 7500);
    expect(live()).toBe("Person 1 cut for 5 s: well after 5.2 s.");
    expect(find("fault-said").firstElementChild, "a new one").not.toBe(sentence);
  });

  it("is said in the language in use", () => {
    useLanguage("de");
    const look = open([cut]);
    look([{ ...cut, recoveredMs: 800 }], 2000);
    expect(live()).toBe("Person 1 für 5 s getrennt: gut nach 800 ms.");
  });
});

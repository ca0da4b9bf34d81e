import { describe, expect, it } from "vitest";

import { SAID_WITHIN, Switches, type Switch } from "../src/lib/meeting/switches";
import { forSeedsInTurn } from "./seeded";

/** A core that answers when told to, and a clock that stands still until then. */
function core() {
  const asked: { on: boolean; done: () => void; refuse: (reason: unknown) => void }[] = [];
  const set = (_: Switch, on: boolean): Promise<void> =>
    new Promise((done, refuse) => {
      asked.push({ on, done, refuse });
    });
  const time = { now: 10_000 };
  return { asked, time, switches: new Switches(set, () => time.now) };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("a switch", () => {
  it("closes at once, whatever is still under way", () => {
    const { asked, switches } = core();
    void switches.toggle("microphone", false);
    void switches.toggle("microphone", false);
    expect(asked.map(({ on }) => on)).toEqual([true, false]);
  });

  it("is a matter of its own", () => {
    const { asked, switches } = core();
    void switches.toggle("microphone", false);
    void switches.toggle("camera", false);
    expect(asked.map(({ on }) => on)).toEqual([true, true]);
  });

  it("means the opposite of what was asked for while that may not be shown yet, and of what is shown later", async () => {
    const { asked, time, switches } = core();
    for (const [after, on] of [
      [0, true],
      [SAID_WITHIN - 1, false],
      [SAID_WITHIN, true],
    ] as const) {
      time.now += after;
      void switches.toggle("hand", false);
      expect(asked.at(-1)!.on).toBe(on);
      asked.at(-1)!.done();
      await settled();
    }
  });

  it("goes on from what is shown after a refusal", async () => {
    const { asked, switches } = core();
    const refused = switches.toggle("camera", false);
    asked[0]!.refuse("in use");
    await expect(refused).rejects.toBe("in use");
    void switches.toggle("camera", false);
    expect(asked.at(-1)!.on).toBe(true);
  });

  it("wishes nothing of the next meeting", async () => {
    const { asked, switches } = core();
    void switches.toggle("microphone", true);
    switches.clear();
    void switches.toggle("microphone", true);
    expect(asked.map(({ on }) => on)).toEqual([false, false]);
    asked[0]!.done();
    await settled();
    expect(asked).toHaveLength(2);
  });

  it("is in the end what was pressed last, in whatever order things are done and said", async () => {
    await forSeedsInTurn(300, async (chance) => {
      let state = chance.pick([true, false]);
      let shown = state;
      let wanted = state;
      const requests: (() => void)[] = [];
      const said: boolean[] = [];
      const set = (_: Switch, on: boolean): Promise<void> =>
        new Promise((done) => {
          requests.push(() => {
            state = on;
            said.push(on);
            done();
          });
        });
      const switches = new Switches(set, () => 0);
      let presses = chance.between(1, 6);
      while (presses > 0 || requests.length > 0) {
        const next = chance.pick(["press", "do", "say"] as const);
        if (next === "press" && presses > 0) {
          presses -= 1;
          wanted = !wanted;
          void switches.toggle("microphone", shown);
        } else if (next === "do" && requests.length > 0) {
          requests.splice(chance.between(0, requests.length - 1), 1)[0]!();
          await settled();
        } else if (next === "say") shown = said.shift() ?? shown;
      }
      expect(state).toBe(wanted);
    });
  });
});

import { describe, expect, it } from "vitest";

import { Overload } from "../src/lib/frames/overload";
import { FIRST_PAUSE_MS, Pace } from "../src/lib/frames/pace";

/** A page with its own beat, and events every second. */
class Page {
  now = 0;
  overload = new Overload(0);

  second(happens: (overload: Overload, now: number) => void = () => undefined, beatMs = 100): boolean {
    happens(this.overload, this.now);
    const end = this.now + 1000;
    while (this.now < end) this.freeze(beatMs);
    return this.overload.overloaded;
  }

  /** How the next seconds were judged. */
  seconds(count: number, happens?: (overload: Overload, now: number) => void, beatMs?: number): boolean[] {
    return Array.from({ length: count }, () => this.second(happens, beatMs));
  }

  /** Nothing runs until the next beat. */
  freeze(ms: number): void {
    this.now += ms;
    this.overload.beat(this.now);
  }
}

const smooth = (feed: number) => (overload: Overload, now: number) => {
  for (let frame = 0; frame < 25; frame += 1) {
    overload.decoded(feed);
    overload.drawn(feed, now + 40 * frame);
  }
};
const behind = (feed: number, pauseMs = FIRST_PAUSE_MS) => (overload: Overload, now: number) =>
  overload.fellBehind(feed, pauseMs, now);

describe("a computer that keeps up", () => {
  it("is not called too busy, whatever the hour", () => {
    expect(new Page().seconds(600, smooth(1))).not.toContain(true);
  });

  it("may hiccup in all feeds at once", () => {
    const page = new Page();
    page.seconds(10, smooth(1));
    page.second((overload, now) => [1, 2, 3, 4, 5].forEach((feed) => behind(feed)(overload, now)));
    expect(page.seconds(20, smooth(1))).not.toContain(true);
  });

  it("may hiccup once and wait in vain for a keyframe, which is the network's doing", () => {
    const page = new Page();
    page.second(behind(1));
    expect(page.seconds(20)).not.toContain(true);
  });

  it("may hiccup every ten seconds", () => {
    const page = new Page();
    for (let minute = 0; minute < 12; minute += 1) {
      expect(page.second(behind(1))).toBe(false);
      expect(page.seconds(9, smooth(1))).not.toContain(true);
    }
  });

  it("may sleep for an hour", () => {
    const page = new Page();
    page.second(smooth(1));
    page.freeze(3_600_000);
    expect(page.seconds(20, smooth(1))).not.toContain(true);
  });

  it("may stand still for almost half of the time, in pieces", () => {
    expect(new Page().seconds(60, smooth(1), 180)).not.toContain(true);
  });

  it("may stand still for four seconds at once", () => {
    const page = new Page();
    for (let times = 0; times < 10; times += 1) {
      page.freeze(4000);
      expect(page.seconds(8, smooth(1))).not.toContain(true);
    }
  });

  it("may be shown few pictures because few are sent", () => {
    const few = (overload: Overload, now: number): void => {
      overload.decoded(1);
      overload.drawn(1, now);
    };
    expect(new Page().seconds(60, few)).not.toContain(true);
  });

  it("draws nothing where the window is out of sight and the system does not say so", () => {
    const unseen = (overload: Overload): void => {
      for (let frame = 0; frame < 30; frame += 1) overload.decoded(1);
    };
    expect(new Page().seconds(60, unseen)).not.toContain(true);
  });
});

describe("a computer that cannot keep up", () => {
  it("is told apart from a hiccup after some seconds of one feed that falls behind again and again", () => {
    const page = new Page();
    expect(page.seconds(4, behind(3))).toEqual([false, false, false, false]);
    expect(page.second(behind(3))).toBe(true);
  });

  it("is known by a page that stands still for most of the time, second after second", () => {
    expect(new Page().seconds(6, smooth(1), 250)).toEqual([false, false, false, false, true, true]);
  });

  it("is known by pictures that are ready and not drawn", () => {
    const slides = (overload: Overload, now: number): void => {
      for (let frame = 0; frame < 30; frame += 1) overload.decoded(1);
      overload.drawn(1, now);
      smooth(2)(overload, now);
    };
    expect(new Page().seconds(6, slides)).toEqual([false, false, false, false, true, true]);
  });

  it("is still one while its feeds rest, and what was inside of them comes out", () => {
    const page = new Page();
    expect(page.second(behind(1, 8000))).toBe(false);
    expect(page.seconds(6, smooth(1))).toEqual([false, false, false, true, true, true]);
  });

  it("is called well after ten calm seconds and not before", () => {
    const page = new Page();
    page.seconds(5, behind(1));
    const judged = page.seconds(20, smooth(1));
    // The second in which it caught up was not calm yet.
    expect(judged.indexOf(false)).toBe(10);
    expect(judged.slice(10)).not.toContain(true);
  });

  it("is not called well by a calm moment now and then", () => {
    const page = new Page();
    page.seconds(5, behind(1));
    for (let times = 0; times < 10; times += 1) {
      expect(page.seconds(8, smooth(1))).not.toContain(false);
      expect(page.second(behind(1))).toBe(true);
    }
  });

  it("is forgotten when the page goes out of sight, and a feed when it shows nothing any more", () => {
    const page = new Page();
    page.seconds(5, behind(1));
    page.overload.reset(page.now);
    expect(page.overload.overloaded).toBe(false);
    page.second(behind(1, 8000));
    page.overload.forget(1);
    expect(page.seconds(20)).not.toContain(true);
  });
});

describe("the pace", () => {
  it("spreads the new starts of feeds that fell behind together", () => {
    const pauses = [0, 1, 2, 3, 4, 5, 6, 7].map((feed) => new Pace(feed).fellBehind(0));
    expect(new Set(pauses).size).toBe(8);
    expect(Math.min(...pauses)).toBe(FIRST_PAUSE_MS);
    expect(Math.max(...pauses)).toBeLessThan(1.5 * FIRST_PAUSE_MS);
  });
});

// @vitest-environment happy-dom
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import Stage from "../src/lib/components/Stage.svelte";
import { arrange, choose } from "../src/lib/layout/arrange";
import { feedKey, mainFeed, participantOf, shownFeeds } from "../src/lib/layout/feeds";
import type { FrameRenderer } from "../src/lib/frames/renderer";
import { App } from "../src/lib/meeting/app.svelte";
import { View } from "../src/lib/meeting/view.svelte";
import { testBackend } from "./backend";
import { meeting, person } from "./people";

const SHARES = { revision: 1, microphone: true, camera: true, screen: true, hand: true };
const ONE = person("1", {
  name: "Grace",
  media: SHARES,
  feeds: [
    { source: "camera", number: 11, hasPicture: true },
    { source: "screen", number: 12, hasPicture: true },
  ],
});

describe("the feeds of one person", () => {
  it("are a tile for the camera, and before it one for a screen while it is shared", () => {
    expect(shownFeeds(ONE).map(({ key, number }) => [key, number])).toEqual([["1/screen", 12], ["1/camera", 11]]);
    expect(shownFeeds({ ...ONE, media: { ...SHARES, screen: false } }).map(({ key }) => key)).toEqual(["1/camera"]);
    expect(shownFeeds({ ...ONE, media: { ...SHARES, screen: false, camera: false } }), "it stands for them").toHaveLength(1);
    expect(shownFeeds(ONE, true).map(({ key }) => key), "our own screen would show itself").toEqual(["1/camera"]);
  });

  it("have keys that name their participant", () => {
    expect(participantOf(feedKey("51f3", "screen"))).toBe("51f3");
    expect(mainFeed("2", ["1/camera", "2/screen", "2/camera"])).toBe("2/screen");
    expect(mainFeed(null, ["1/camera"])).toBeNull();
  });

  it("are both shown when one of them is large: the screen, with the camera beside it", () => {
    const others = ["1/screen", "1/camera", "2/camera"];
    const shape = choose({ layout: "auto", pinned: "1", activeSpeaker: null, others });
    expect(shape).toEqual({ kind: "pinned", large: "1/screen" });
    const stage = { width: 1200, height: 700, gap: 8 };
    const { rects } = arrange({ shape, order: others, self: "0/camera", vacant: false, corner: "bottomRight" }, stage);
    const area = (key: string): number => rects.get(key)!.width * rects.get(key)!.height;
    expect([...rects.keys()].sort()).toEqual(["0/camera", ...others].sort());
    expect(area("1/screen")).toBeGreaterThan(4 * area("1/camera"));
    expect(area("1/camera")).toBeGreaterThan(0);
  });
});

describe("a stage with a person who shares a screen", () => {
  let mounted: Record<string, unknown>;
  const placed: number[] = [];

  beforeEach(() => {
    vi.stubGlobal("ResizeObserver", class {
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
    });
    const renderer = {
      place: (number: number) => {
        placed.push(number);
        return { resize: () => undefined, clear: () => undefined, remove: () => undefined };
      },
    } as unknown as FrameRenderer;
    const app = new App(testBackend());
    const view = new View(app);
    const now = { ...meeting("1", "2"), participants: [ONE, person("2")] };
    mounted = mount(Stage, { target: document.body, props: { app, meeting: now, renderer, view } });
    flushSync();
  });

  afterEach(async () => {
    await unmount(mounted);
    placed.length = 0;
    document.body.replaceChildren();
    vi.unstubAllGlobals();
  });

  const tiles = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-participant='1']")];

  it("shows both of their feeds, each with its own pictures and its own name", () => {
    expect(tiles().map((tile) => tile.dataset["source"])).toEqual(["screen", "camera"]);
    expect(placed).toEqual(expect.arrayContaining([11, 12]));
    expect(tiles().map((tile) => tile.getAttribute("aria-label")?.split(",")[0])).toEqual(["Screen of Grace", "Grace"]);
  });

  it("says on the camera's tile alone what is about the person", () => {
    const [screen, camera] = tiles();
    expect(screen!.getAttribute("aria-label")).not.toContain("microphone");
    expect(screen!.querySelector("[data-testid=tile-hand]")).toBeNull();
    expect(camera!.getAttribute("aria-label")).toContain("microphone on");
    expect(camera!.querySelector("[data-testid=tile-hand]")).not.toBeNull();
  });
});

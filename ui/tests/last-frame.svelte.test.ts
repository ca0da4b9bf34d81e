// @vitest-environment happy-dom
/** The last picture of someone stays while their connection is being repaired. */
import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, it } from "vitest";

import Tile from "../src/lib/components/Tile.svelte";
import type { SurfaceEvents } from "../src/lib/frames/surface";
import type { Theater } from "../src/lib/frames/theater";
import type { ParticipantView } from "../src/lib/wire/ParticipantView";
import { person } from "./people";

let mounted: Record<string, unknown> | null = null;

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
});

/** A theater whose pictures come when the test says so. */
class Stagehand {
  events: SurfaceEvents | null = null;
  cleared = 0;

  place(_tile: number, _canvas: HTMLCanvasElement, events: SurfaceEvents) {
    this.events = events;
    return { resize: () => undefined, clear: () => (this.cleared += 1), remove: () => undefined };
  }

  draw(): void {
    this.events?.first();
    flushSync();
  }
}

function show(first: Partial<ParticipantView> = {}) {
  const stagehand = new Stagehand();
  const props = $state({ participant: person("1", first), theater: stagehand as unknown as Theater, spared: false });
  mounted = mount(Tile, { target: document.body, props });
  flushSync();
  const becomes = (change: Partial<ParticipantView>): void => {
    props.participant = person("1", change);
    flushSync();
  };
  const spare = (spared: boolean): void => {
    props.spared = spared;
    flushSync();
  };
  return { stagehand, becomes, spare };
}

const canvas = (): DOMTokenList => document.querySelector("canvas")!.classList;
const initials = (): Element | null => document.querySelector(".avatar");

it("stays, dimmed, through every state of the repair and a rebuilt connection", () => {
  const { stagehand, becomes } = show();
  stagehand.draw();
  expect([...canvas()]).toEqual(expect.arrayContaining(["shown"]));
  for (const state of ["reconnecting", "failed", "reconnecting", "connecting"] as const) {
    becomes({ state });
    expect(canvas().contains("shown"), state).toBe(true);
    expect(canvas().contains("dimmed"), state).toBe(true);
    expect(initials(), state).toBeNull();
  }
  becomes({ state: "connected" });
  expect(canvas().contains("shown")).toBe(true);
  expect(canvas().contains("dimmed")).toBe(false);
  expect(stagehand.cleared).toBe(0);
});

it("is initials for a page that was loaded while the connection was away", () => {
  show({ state: "reconnecting" });
  expect(canvas().contains("shown")).toBe(false);
  expect(initials()?.classList.contains("dimmed")).toBe(true);
});

it("goes when they switch the camera off, which is not the network's doing", () => {
  const { stagehand, becomes } = show();
  stagehand.draw();
  const media = { revision: 2, microphone: true, camera: false, screen: false, hand: false };
  becomes({ media });
  expect(canvas().contains("shown")).toBe(false);
  expect(initials()).not.toBeNull();
  becomes({ media: { ...media, camera: true, revision: 3 } });
  expect(canvas().contains("shown")).toBe(false);
});

it("goes while pictures are spared, and is not shown again as if it were new", () => {
  const { stagehand, spare } = show();
  stagehand.draw();
  spare(true);
  expect(canvas().contains("shown")).toBe(false);
  expect(initials()).not.toBeNull();
  spare(false);
  expect(canvas().contains("shown")).toBe(false);
  stagehand.draw();
  expect(canvas().contains("shown")).toBe(true);
});

// @vitest-environment happy-dom
/** The last picture of someone stays while their connection is being repaired. */
import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, it } from "vitest";

import Tile from "../src/lib/components/Tile.svelte";
import type { SurfaceEvents } from "../src/lib/frames/surface";
import type { FrameRenderer } from "../src/lib/frames/renderer";
import type { ParticipantView } from "../src/lib/wire/ParticipantView";
import { person } from "./people";

let mounted: Record<string, unknown> | null = null;

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
});

/** A renderer whose pictures come when the test says so. */
class CanvasWatcher {
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
  const watcher = new CanvasWatcher();
  const props = $state({ participant: person("1", first), number: 1, renderer: watcher as unknown as FrameRenderer, spared: false });
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
  return { watcher, becomes, spare };
}

const canvas = (): DOMTokenList => document.querySelector("canvas")!.classList;
const initials = (): Element | null => document.querySelector(".avatar");

it("stays, dimmed, through every state of the repair and a rebuilt connection", () => {
  const { watcher, becomes } = show();
  watcher.draw();
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
  expect(watcher.cleared).toBe(0);
});

it("is initials for a page that was loaded while the connection was away", () => {
  show({ state: "reconnecting" });
  expect(canvas().contains("shown")).toBe(false);
  expect(initials()?.classList.contains("dimmed")).toBe(true);
});

it("goes when they switch the camera off, which is not the network's doing", () => {
  const { watcher, becomes } = show();
  watcher.draw();
  const media = { revision: 2, microphone: true, camera: false, screen: false, hand: false };
  becomes({ media });
  expect(canvas().contains("shown")).toBe(false);
  expect(initials()).not.toBeNull();
  becomes({ media: { ...media, camera: true, revision: 3 } });
  expect(canvas().contains("shown")).toBe(false);
});

it("goes while pictures are spared, and is not shown again as if it were new", () => {
  const { watcher, spare } = show();
  watcher.draw();
  spare(true);
  expect(canvas().contains("shown")).toBe(false);
  expect(initials()).not.toBeNull();
  spare(false);
  expect(canvas().contains("shown")).toBe(false);
  watcher.draw();
  expect(canvas().contains("shown")).toBe(true);
});

it("gives way to words while pictures come that cannot be shown, and returns with the first that can", () => {
  const { watcher } = show();
  watcher.draw();
  const note = (): Element | null => document.querySelector("[data-testid=tile-unshowable]");
  const spoken = (): string => document.querySelector("[data-testid=tile]")!.getAttribute("aria-label") ?? "";
  watcher.events?.unshowable?.(true);
  flushSync();
  expect(canvas().contains("shown")).toBe(false);
  expect(note()?.textContent).toContain("Picture cannot be shown");
  expect(spoken()).toContain("picture cannot be shown on this computer");
  watcher.events?.unshowable?.(false);
  flushSync();
  expect(canvas().contains("shown")).toBe(true);
  expect(note()).toBeNull();
});

// @vitest-environment happy-dom
import { flushSync, mount, unmount } from "svelte";
import { afterEach, describe, expect, it } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import { App } from "../src/lib/meeting/app.svelte";
import { testBackend, type TestBackend } from "./backend";
import { click, find } from "./page";
import { meeting } from "./people";

let mounted: Record<string, unknown> | null = null;

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
});

async function open(inMeeting: boolean, on = false): Promise<TestBackend> {
  const backend = testBackend();
  const app = new App(backend);
  await app.start();
  mounted = mount(AppWindow, { target: document.body, props: { app } });
  backend.emit({ type: "fullScreen", on });
  if (inMeeting) backend.emit({ type: "snapshot", snapshot: meeting("1") });
  flushSync();
  return backend;
}

function press(key: string): void {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  flushSync();
}

/** One request at a time: until it is answered, another press has no effect. */
const answered = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("the full screen", () => {
  it.each([true, false])("comes and goes with F11, in a meeting: %s", async (inMeeting) => {
    const backend = await open(inMeeting);
    press("F11");
    expect(backend.setFullScreen).toHaveBeenCalledExactlyOnceWith(true);
    backend.emit({ type: "fullScreen", on: true });
    await answered();
    press("F11");
    expect(backend.setFullScreen).toHaveBeenLastCalledWith(false);
    expect(backend.setFullScreen).toHaveBeenCalledTimes(2);
  });

  it.each([true, false])("is left with Escape, in a meeting: %s", async (inMeeting) => {
    const backend = await open(inMeeting, true);
    press("Escape");
    expect(backend.setFullScreen).toHaveBeenCalledExactlyOnceWith(false);
  });

  it("is not touched by Escape without it", async () => {
    const backend = await open(true);
    press("Escape");
    expect(backend.setFullScreen).not.toHaveBeenCalled();
  });

  it("stays while Escape closes what is open", async () => {
    const backend = await open(true, true);
    click("control-people");
    press("Escape");
    expect(backend.setFullScreen).not.toHaveBeenCalled();
    press("Escape");
    expect(backend.setFullScreen).toHaveBeenCalledExactlyOnceWith(false);
  });

  it("is in the menu where the bar has no room, and says what it does", async () => {
    const backend = await open(true);
    click("control-more");
    expect(find("more-fullScreen").textContent).toContain("Full screen");
    click("more-fullScreen");
    expect(backend.setFullScreen).toHaveBeenCalledExactlyOnceWith(true);
    backend.emit({ type: "fullScreen", on: true });
    flushSync();
    click("control-more");
    expect(find("more-fullScreen").textContent).toContain("Leave full screen");
  });
});

// @vitest-environment happy-dom
/** Before a meeting: a person chooses how others see, hear and name them. */
import { flushSync, mount, unmount } from "svelte";
import { afterEach, describe, expect, it, vi } from "vitest";

import type { Backend } from "../src/lib/backend/backend";
import { App, type Goal } from "../src/lib/meeting/app.svelte";
import type { PreviewEvent } from "../src/lib/wire/PreviewEvent";
import type { PreviewWanted } from "../src/lib/wire/PreviewWanted";
import AppWindow from "../src/AppWindow.svelte";
import { rejection, testBackend, type TestBackend } from "./backend";
import { click, find, maybe } from "./page";
import { meeting, preferences } from "./people";

const link = "holdfast://join/127.0.0.1:4000/blue#c2VjcmV0";

let mounted: Record<string, unknown> | null = null;

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
});

interface Lobby {
  app: App;
  backend: TestBackend;
  /** Every request to the preview, in order. */
  wanted: PreviewWanted[];
  tell: (event: PreviewEvent) => void;
}

async function lobby(goal: Goal, change: Partial<Backend> = {}): Promise<Lobby> {
  const wanted: PreviewWanted[] = [];
  let tell: (event: PreviewEvent) => void = () => undefined;
  const backend = testBackend({
    preview: (wish, listener) => {
      wanted.push(wish);
      tell = listener;
      return Promise.resolve(() => undefined);
    },
    ...change,
  });
  const app = new App(backend);
  mounted = mount(AppWindow, { target: document.body, props: { app } });
  await app.start();
  app.prepare(goal);
  flushSync();
  await vi.waitFor(() => expect(wanted.length).toBeGreaterThan(0));
  return {
    app,
    backend,
    wanted,
    tell: (event) => {
      tell(event);
      flushSync();
    },
  };
}

const code = (): string | undefined => maybe("error-message")?.dataset["code"];
const submit = (): void => {
  find("lobby-enter").click();
  flushSync();
};

describe("the lobby", () => {
  it("has the button to enter ready under the fingers, and enters as one is seen there", async () => {
    const { backend } = await lobby({ kind: "host" });
    expect(document.activeElement).toBe(find("lobby-enter"));
    click("lobby-microphone");
    submit();
    const entry = { name: "Ada", microphone: false, camera: true };
    expect(backend.host).toHaveBeenCalledExactlyOnceWith(entry);
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith(entry);
    expect(find<HTMLButtonElement>("lobby-enter").disabled).toBe(true);
  });

  it("starts as it was left the last time", async () => {
    const chosen = preferences({ name: "Grace", microphone: false, camera: true });
    const { wanted } = await lobby({ kind: "host" }, { preferences: () => Promise.resolve(chosen) });
    expect(find<HTMLInputElement>("lobby-name").value).toBe("Grace");
    expect(find("lobby-microphone").dataset["on"]).toBe("false");
    expect(wanted).toEqual([{ camera: true, microphone: false }]);
  });

  it("asks for a name before anything else", async () => {
    const { backend } = await lobby({ kind: "host" }, { preferences: () => Promise.resolve(preferences()) });
    expect(document.activeElement).toBe(find("lobby-name"));
    submit();
    expect(code()).toBe("name_empty");
    expect(backend.host).not.toHaveBeenCalled();
  });

  it("says what meeting a link leads to, and never its secret", async () => {
    await lobby({ kind: "join", link, room: "blue", server: "127.0.0.1:4000" });
    expect(find("lobby").textContent).toContain("Join blue");
    expect(find("lobby-about").textContent).toContain("127.0.0.1:4000");
    expect(document.body.innerHTML).not.toContain("c2VjcmV0");
  });

  it("closes a device that is switched off, and what is open when it is left", async () => {
    const { app, backend, wanted } = await lobby({ kind: "host" });
    click("lobby-camera");
    await vi.waitFor(() => expect(wanted.at(-1)).toEqual({ camera: false, microphone: true }));
    click("lobby-back");
    expect(app.goal).toBeNull();
    await vi.waitFor(() => expect(backend.previewEnd).toHaveBeenCalledOnce());
    expect(maybe("home")).not.toBeNull();
  });

  it("shows how loud the microphone is, and nothing while it is off", async () => {
    const { tell } = await lobby({ kind: "host" });
    tell({ type: "level", level: 0.5 });
    const meter = document.querySelector("[role=meter]")!;
    expect(meter.getAttribute("aria-valuenow")).toBe("50");
    click("lobby-microphone");
    expect(meter.getAttribute("aria-valuenow")).toBe("0");
  });

  it("says in place why a device cannot be used, and still lets the person in", async () => {
    const { backend, tell } = await lobby({ kind: "host" });
    tell({ type: "failed", kind: "camera", code: "camera_busy" });
    expect(code()).toBe("camera_busy");
    expect(find("error-message").textContent).toContain("Another app");
    submit();
    expect(backend.host).toHaveBeenCalledOnce();
  });

  it("says that a chosen device is gone, and keeps the choice", async () => {
    const devices = { camera: "cam-9", microphone: null, speaker: null };
    const { backend } = await lobby({ kind: "host" }, { preferences: () => Promise.resolve(preferences({ name: "Ada", devices })) });
    await vi.waitFor(() => expect(code()).toBe("camera_gone"));
    expect(find<HTMLSelectElement>("lobby-camera-device").value).toBe("cam-9");
    expect(backend.chooseDevice).not.toHaveBeenCalled();
  });

  it("shows why joining failed, looks at the devices again, and is ready for another try", async () => {
    const { app, wanted } = await lobby({ kind: "join", link, room: "blue", server: "x:1" }, { join: () => rejection("wrong_secret") });
    const before = wanted.length;
    submit();
    await vi.waitFor(() => expect(code()).toBe("wrong_secret"));
    expect(app.goal).not.toBeNull();
    expect(find<HTMLButtonElement>("lobby-enter").disabled).toBe(false);
    await vi.waitFor(() => expect(wanted.length).toBeGreaterThan(before));
  });

  it("is left with Escape, which calls off an attempt first", async () => {
    const { app, backend } = await lobby({ kind: "host" });
    const escape = (): void => {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
      flushSync();
    };
    submit();
    escape();
    expect(backend.leave).toHaveBeenCalledOnce();
    expect(app.goal).not.toBeNull();
    backend.emit({ type: "snapshot", snapshot: meeting() });
    flushSync();
    expect(maybe("lobby")).toBeNull();
    expect(maybe("meeting")).not.toBeNull();
  });
});

describe("a link that is handed over", () => {
  it("opens the lobby of its meeting", async () => {
    const backend = testBackend();
    const app = new App(backend);
    await app.start();
    backend.emit({ type: "link", link });
    await vi.waitFor(() => expect(app.goal).toMatchObject({ kind: "join", link, room: "blue" }));
  });

  it("is refused with a sentence in a meeting", async () => {
    const backend = testBackend({ snapshot: () => Promise.resolve(meeting("1")) });
    const app = new App(backend);
    await app.start();
    backend.emit({ type: "link", link });
    expect(app.notes.problems.map((one) => one.code)).toEqual(["already_in_meeting"]);
    expect(app.goal).toBeNull();
  });

  it("is shown as wrong at home when it is", async () => {
    const backend = testBackend({ inspectLink: () => rejection("link_room") });
    const app = new App(backend);
    await app.start();
    backend.emit({ type: "link", link });
    await vi.waitFor(() => expect(app.failure?.code).toBe("link_room"));
  });
});

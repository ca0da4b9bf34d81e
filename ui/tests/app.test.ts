import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { App } from "../src/lib/meeting/app.svelte";
import type { MeetingSnapshot } from "../src/lib/wire/MeetingSnapshot";
import { rejection, testBackend } from "./backend";
import { meeting, person } from "./people";

const entry = { name: "Ada", microphone: true, camera: false };
const link = "holdfast://join/127.0.0.1:4000/blue#c2VjcmV0";
const goal = { kind: "join", link, room: "blue", server: "127.0.0.1:4000" } as const;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("starting", () => {
  it("shows the meeting that is going on: the page was reloaded in it", async () => {
    const app = new App(testBackend({ snapshot: () => Promise.resolve(meeting("1")) }));
    await app.start();
    expect(app.meeting?.participants).toHaveLength(1);
    expect(app.preferences.current.name).toBe("Ada");
  });

  it("shows the home screen without one, even when preferences cannot be read", async () => {
    const app = new App(testBackend({ preferences: () => rejection("internal") }));
    await app.start();
    expect(app.ready).toBe(true);
    expect(app.meeting).toBeNull();
    expect(app.preferences.current.name).toBe("");
  });

  it("says so when the core cannot be heard", async () => {
    const app = new App(testBackend({ subscribe: () => rejection("internal") }));
    await app.start();
    expect(app.failure?.code).toBe("internal");
  });
});

describe("entering", () => {
  it("passes on the choices and shows what the core answers", async () => {
    const backend = testBackend({ host: vi.fn(() => Promise.resolve(meeting())) });
    const app = new App(backend);
    await app.start();
    const entering = app.enter({ kind: "host" }, entry);
    expect(app.busy).toBe("hosting");
    await entering;
    expect(backend.host).toHaveBeenCalledExactlyOnceWith(entry);
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith(entry);
    expect(app.busy).toBeNull();
    expect(app.meeting).not.toBeNull();
  });

  it("does not let an answer that was overtaken by events undo them", async () => {
    let answer: (snapshot: MeetingSnapshot) => void = () => undefined;
    const backend = testBackend({ join: () => new Promise((resolve) => (answer = resolve)) });
    const app = new App(backend);
    await app.start();
    const entering = app.enter(goal, entry);
    backend.emit({ type: "snapshot", snapshot: meeting() });
    backend.emit({ type: "participant", participant: person("1") });
    answer(meeting());
    await entering;
    expect(app.meeting?.participants).toHaveLength(1);
  });

  it("does not bring back a meeting that ended before the answer came", async () => {
    let answer: (snapshot: MeetingSnapshot) => void = () => undefined;
    const backend = testBackend({ join: () => new Promise((resolve) => (answer = resolve)) });
    const app = new App(backend);
    await app.start();
    const entering = app.enter(goal, entry);
    backend.emit({ type: "snapshot", snapshot: meeting() });
    backend.emit({ type: "ended", code: "server_closing" });
    answer(meeting());
    await entering;
    expect(app.meeting).toBeNull();
    expect(app.failure?.code).toBe("server_closing");
  });

  it("says in a sentence why it failed, and says nothing when it was called off", async () => {
    const app = new App(testBackend({ join: () => rejection("wrong_secret"), host: () => rejection("cancelled") }));
    await app.start();
    await app.enter(goal, entry);
    expect(app.failure?.sentence).toContain("Ask the host");
    expect(app.busy).toBeNull();
    await app.enter({ kind: "host" }, entry);
    expect(app.failure).toBeNull();
  });

  it("happens once, however often it is asked for, and can be called off", async () => {
    const backend = testBackend();
    const app = new App(backend);
    await app.start();
    void app.enter(goal, entry);
    void app.enter(goal, entry);
    void app.enter({ kind: "host" }, entry);
    expect(backend.join).toHaveBeenCalledOnce();
    expect(backend.host).not.toHaveBeenCalled();
    await app.cancel();
    expect(backend.leave).toHaveBeenCalledOnce();
  });
});

describe("in a meeting", () => {
  async function entered(change: Parameters<typeof testBackend>[0] = {}) {
    const backend = testBackend({ snapshot: () => Promise.resolve(meeting("1")), ...change });
    const app = new App(backend);
    await app.start();
    return { app, backend };
  }

  it("asks the core and waits for it to say what is", async () => {
    const { app, backend } = await entered();
    await app.toggle("microphone");
    expect(backend.setMicrophone).toHaveBeenCalledExactlyOnceWith(false);
    expect(app.meeting?.self.media.microphone).toBe(true);
    const self = person("0", { media: { revision: 2, microphone: false, camera: true, screen: false, hand: false } });
    backend.emit({ type: "self", self });
    expect(app.meeting?.self.media.microphone).toBe(false);
    expect(app.notes.said.at(-1)?.words).toBe("Your microphone is off.");
    await app.toggle("microphone");
    expect(backend.setMicrophone).toHaveBeenLastCalledWith(true);
  });

  it("takes a press while the first is under way for its opposite, and says what could not be done", async () => {
    const answers: { resolve: () => void; reject: (reason: unknown) => void }[] = [];
    const setCamera = vi.fn(() => new Promise<void>((resolve, reject) => answers.push({ resolve, reject })));
    const { app } = await entered({ setCamera });
    const presses = [app.toggle("camera"), app.toggle("camera")];
    expect(setCamera.mock.calls).toEqual([[false], [true]]);
    answers[1]!.reject({ code: "camera_unavailable", message: "" });
    answers[0]!.resolve();
    await vi.waitFor(() => {
      expect(setCamera).toHaveBeenLastCalledWith(true);
      expect(setCamera).toHaveBeenCalledTimes(3);
    });
    answers[2]!.resolve();
    await Promise.all(presses);
    expect(app.notes.problems.map(({ code }) => code)).toEqual(["camera_unavailable"]);
  });

  it("takes back only what is solved", async () => {
    const { app, backend } = await entered();
    backend.emit({ type: "notice", code: "speaker_unavailable" });
    backend.emit({ type: "notice", code: "queue_overflow" });
    backend.emit({ type: "solved", code: "speaker_unavailable" });
    expect(app.notes.problems.map(({ code }) => code)).toEqual(["queue_overflow"]);
  });

  it("does not put away with a meeting what is said once and is not about it", async () => {
    const { app, backend } = await entered({ snapshot: () => Promise.resolve(null) });
    backend.emit({ type: "preferencesReset" });
    for (const type of ["snapshot", "ended"] as const) {
      backend.emit({ type: "fault", code: "link_in_meeting" });
      backend.emit(type === "snapshot" ? { type, snapshot: meeting("1") } : { type, code: null });
      expect(app.notes.problems.map(({ code }) => code), type).toEqual(["preferences_reset"]);
    }
    app.notes.dismiss(app.notes.problems[0]!);
    expect(app.notes.problems).toEqual([]);
  });

  it("shows a notice once, until it is put away or solved", async () => {
    const { app, backend } = await entered();
    backend.emit({ type: "notice", code: "camera_unavailable" });
    backend.emit({ type: "notice", code: "camera_unavailable" });
    backend.emit({ type: "notice", code: "queue_overflow" });
    expect(app.notes.problems.map(({ code }) => code)).toEqual(["camera_unavailable", "queue_overflow"]);
    app.notes.dismiss(app.notes.problems[1]!);
    const camera = (on: boolean) =>
      person("0", { media: { revision: 2, microphone: true, camera: on, screen: false, hand: false } });
    backend.emit({ type: "self", self: camera(false) });
    expect(app.notes.problems).toHaveLength(1);
    backend.emit({ type: "self", self: camera(true) });
    expect(app.notes.problems).toHaveLength(0);
  });

  it("says that the invite was copied, for a while, or why not", async () => {
    const { app } = await entered();
    await app.copyInvite();
    expect(app.notes.toast).toBe("Invite copied");
    await app.copyInvite();
    expect(app.notes.said.map(({ words }) => words).slice(-2)).toEqual(["Invite copied", "Invite copied"]);
    vi.advanceTimersByTime(3000);
    expect(app.notes.toast).toBeNull();
    const refused = await entered({ copyInvite: () => rejection("clipboard_unavailable") });
    await refused.app.copyInvite();
    expect(refused.app.notes.toast).toBeNull();
    expect(refused.app.notes.problems.map(({ code }) => code)).toEqual(["copy_failed"]);
  });

  it("ends when the person leaves, also without an event, and without an error", async () => {
    const { app } = await entered();
    await app.leave();
    expect(app.meeting).toBeNull();
    expect(app.failure).toBeNull();
  });

  it("ends with the reason when the core says so, and the next one starts clean", async () => {
    const { app, backend } = await entered();
    backend.emit({ type: "notice", code: "queue_overflow" });
    backend.emit({ type: "ended", code: "replaced" });
    expect(app.meeting).toBeNull();
    expect(app.failure?.code).toBe("replaced");
    expect(app.notes.problems).toEqual([]);
    backend.emit({ type: "snapshot", snapshot: meeting() });
    expect(app.failure).toBeNull();
  });
});

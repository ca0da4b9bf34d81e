// @vitest-environment happy-dom
/** The way back into the meeting that the app was in when it ended. */
import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, it, vi } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import { App } from "../src/lib/meeting/app.svelte";
import type { LastCall } from "../src/lib/wire/LastCall";
import type { MeetingSnapshot } from "../src/lib/wire/MeetingSnapshot";
import { rejection, testBackend, type TestBackend } from "./backend";
import { click, find, maybe } from "./page";
import { meeting } from "./people";

let mounted: Record<string, unknown> | null = null;

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
});

const call: LastCall = {
  room: "quiet-harbour",
  microphone: false,
  camera: true,
  hosting: false,
  atMs: Date.now() - 5 * 60_000,
};

async function open(backend: TestBackend, offered: LastCall | null = call): Promise<App> {
  const app = new App(backend);
  mounted = mount(AppWindow, { target: document.body, props: { app } });
  await app.start();
  backend.emit({ type: "lastCall", call: offered, rejoining: false });
  flushSync();
  return app;
}

it("is offered with the devices as they will be, and nothing happens before it is pressed", async () => {
  const backend = testBackend();
  await open(backend);
  expect(find("rejoin-card").textContent).toContain("You were in a meeting");
  expect(find("rejoin-card").textContent).toContain("quiet-harbour · 5 minutes ago");
  expect(find("rejoin-card").textContent).toContain("Microphone muted");
  expect(find("rejoin-devices").dataset).toMatchObject({ microphone: "false", camera: "true" });
  expect(backend.rejoin).not.toHaveBeenCalled();
  expect(backend.host).not.toHaveBeenCalled();
});

it("is one press, and says so while it lasts", async () => {
  let answer: (snapshot: MeetingSnapshot) => void = () => undefined;
  const backend = testBackend({ rejoin: vi.fn(() => new Promise<MeetingSnapshot>((resolve) => (answer = resolve))) });
  const app = await open(backend);
  click("rejoin");
  expect(backend.rejoin).toHaveBeenCalledOnce();
  expect(backend.changePreferences).not.toHaveBeenCalled();
  expect(find("rejoin").textContent?.trim()).toBe("Coming back…");
  expect(find<HTMLButtonElement>("home-host").disabled).toBe(true);
  expect(maybe("rejoin-dismiss")).toBeNull();
  answer(meeting("1"));
  await vi.waitFor(() => expect(app.meeting).not.toBeNull());
  flushSync();
  expect(maybe("meeting")).not.toBeNull();
});

it("can be called off", async () => {
  const backend = testBackend();
  await open(backend);
  click("rejoin");
  click("home-cancel");
  expect(backend.leave).toHaveBeenCalledOnce();
});

it("shows that the tray asked for it, and its end", async () => {
  const backend = testBackend();
  const app = await open(backend);
  backend.emit({ type: "lastCall", call, rejoining: true });
  flushSync();
  expect(app.busy).toBe("rejoining");
  expect(find("rejoin").textContent?.trim()).toBe("Coming back…");
  click("rejoin");
  expect(backend.rejoin).not.toHaveBeenCalled();
  backend.emit({ type: "lastCall", call, rejoining: false });
  flushSync();
  expect(find("rejoin").textContent?.trim()).toBe("Rejoin");
});

it("stays offered when it failed, with the reason", async () => {
  const app = await open(testBackend({ rejoin: () => rejection("unreachable") }));
  await app.rejoin();
  flushSync();
  expect(find("error-message").dataset["code"]).toBe("unreachable");
  expect(find("rejoin").textContent?.trim()).toBe("Rejoin");
});

it("can be put away for good", async () => {
  const backend = testBackend();
  await open(backend);
  click("rejoin-dismiss");
  expect(backend.forgetLastCall).toHaveBeenCalledOnce();
  expect(maybe("rejoin-card")).toBeNull();
});

it("is not offered without a meeting to rejoin", async () => {
  await open(testBackend(), null);
  expect(maybe("rejoin-card")).toBeNull();
});

it("tells a host that the meeting opens again for everyone", async () => {
  await open(testBackend(), { ...call, hosting: true });
  expect(find("rejoin-card").textContent).toContain("You hosted it.");
});

/** Opens a window of the page, with a backend that the test decides. After each test, close what it opened. */
import { flushSync, mount, unmount, type Component } from "svelte";

import type { Backend } from "../src/lib/backend/backend";
import { App } from "../src/lib/meeting/app.svelte";
import { testBackend, type TestBackend } from "./backend";

export interface Opened {
  app: App;
  backend: TestBackend;
}

const opened: Record<string, unknown>[] = [];

export function show<Props extends Record<string, unknown>>(window: Component<Props>, props: Props): void {
  opened.push(mount(window, { target: document.body, props }));
  flushSync();
}

/** Opens a window that hears of the meeting, once it has begun. */
export async function open(window: Component<{ app: App }>, change: Partial<Backend> = {}): Promise<Opened> {
  const backend = testBackend(change);
  const app = new App(backend);
  show(window, { app });
  await app.start();
  flushSync();
  return { app, backend };
}

export async function close(): Promise<void> {
  await Promise.all(opened.splice(0).map((one) => unmount(one)));
  document.body.replaceChildren();
}

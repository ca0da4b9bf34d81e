/** A backend with answers and events that a test decides. */
import { vi } from "vitest";

import type { Preferences } from "../src/lib/wire/Preferences";
import type { Backend } from "../src/lib/backend/backend";
import type { PageEvent } from "../src/lib/wire/PageEvent";
import { preferences } from "./people";

export interface TestBackend extends Backend {
  emit(event: PageEvent): void;
}

export function testBackend(change: Partial<Backend> = {}): TestBackend {
  let listener: (event: PageEvent) => void = () => undefined;
  let chosen = preferences({ name: "Ada" });
  const nothing = (): Promise<void> => Promise.resolve();
  const never = (): Promise<never> => new Promise(() => undefined);
  return {
    host: vi.fn(never),
    join: vi.fn(never),
    demo: vi.fn(never),
    joinRecent: vi.fn(never),
    forgetRecent: vi.fn(nothing),
    inspectLink: vi.fn(() => Promise.resolve({ room: "blue", server: "127.0.0.1:4000" })),
    rejoin: vi.fn(never),
    forgetLastCall: vi.fn(nothing),
    leave: vi.fn(nothing),
    setMicrophone: vi.fn(nothing),
    setCamera: vi.fn(nothing),
    setHand: vi.fn(nothing),
    retry: vi.fn(nothing),
    setListening: vi.fn(nothing),
    setPinned: vi.fn(nothing),
    snapshot: vi.fn(() => Promise.resolve(null)),
    subscribe: vi.fn((heard: typeof listener) => {
      listener = heard;
      return Promise.resolve(() => undefined);
    }),
    copyInvite: vi.fn(nothing),
    chatWrite: vi.fn(never),
    chatSince: vi.fn(() => Promise.resolve({ messages: [], standing: { revision: 0, unread: 0 } })),
    chatRead: vi.fn(nothing),
    chatSave: vi.fn(never),
    copyText: vi.fn(nothing),
    openLink: vi.fn(nothing),
    preferences: vi.fn(() => Promise.resolve(chosen)),
    changePreferences: vi.fn((wanted: Partial<Preferences>) => {
      chosen = { ...chosen, ...wanted };
      return Promise.resolve(chosen);
    }),
    setName: vi.fn(nothing),
    devices: vi.fn(() => Promise.resolve({ cameras: [], microphones: [], speakers: [] })),
    chooseDevice: vi.fn(nothing),
    chooseVideoSize: vi.fn(nothing),
    preview: vi.fn(() => Promise.resolve(() => undefined)),
    previewEnd: vi.fn(nothing),
    testSound: vi.fn(nothing),
    testServer: vi.fn(() => Promise.resolve({ ok: true, ms: 20, code: null })),
    openWindow: vi.fn(nothing),
    closeWindow: vi.fn(nothing),
    setFullScreen: vi.fn(nothing),
    setZoom: vi.fn(nothing),
    diagnostics: vi.fn(never),
    exportDiagnostics: vi.fn(never),
    injectFault: vi.fn(nothing),
    frameSocket: vi.fn(never),
    framesOverIpc: vi.fn(never),
    frameCredit: vi.fn(nothing),
    frameFormat: vi.fn(nothing),
    requestKeyframe: vi.fn(nothing),
    emit: (event) => listener(event),
    ...change,
  };
}

/** The error with which the core rejects a command. */
export function rejection(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(code), { code, detail: {} }));
}

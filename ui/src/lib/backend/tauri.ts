/** The backend of the app: commands and channels of the Tauri shell. Nothing else imports `@tauri-apps`. */
import { Channel, invoke } from "@tauri-apps/api/core";

import type { PageEvent } from "../wire/PageEvent";
import type { PreviewEvent } from "../wire/PreviewEvent";
import type { Backend, Unsubscribe } from "./backend";

/** A channel cannot be closed from this side, so messages after the end are dropped here. */
async function listen<T>(command: string, options: object, deliver: (message: T) => void): Promise<Unsubscribe> {
  let live = true;
  const channel = new Channel<T>();
  channel.onmessage = (message) => {
    if (live) deliver(message);
  };
  await invoke(command, { ...options, channel });
  return () => {
    live = false;
  };
}

/** Binary messages arrive as a buffer. Some webviews give a view instead, or numbers for short messages. */
function toBuffer(message: unknown): ArrayBuffer | null {
  if (message instanceof ArrayBuffer) return message;
  if (message instanceof Uint8Array) return message.slice().buffer;
  if (Array.isArray(message)) return Uint8Array.from(message as number[]).buffer;
  return null;
}

export const tauri: Backend = {
  host: (entry) => invoke("host", { ...entry }),
  join: (link, entry) => invoke("join", { link, ...entry }),
  demo: (entry) => invoke("demo", { ...entry }),
  joinRecent: (id, entry) => invoke("join_recent", { id, ...entry }),
  forgetRecent: (id) => invoke("forget_recent", { id }),
  inspectLink: (link) => invoke("inspect_link", { link }),
  rejoin: () => invoke("rejoin"),
  forgetLastCall: () => invoke("forget_last_call"),
  leave: () => invoke("leave"),
  setMicrophone: (on) => invoke("set_microphone", { on }),
  setCamera: (on) => invoke("set_camera", { on }),
  setHand: (on) => invoke("set_hand", { on }),
  retry: (participant) => invoke("retry", { participant }),
  setListening: (participant, listening) => invoke("set_listening", { participant, listening }),
  setPinned: (participant) => invoke("set_pinned", { participant }),
  snapshot: () => invoke("snapshot"),
  subscribe: (listener) => listen<PageEvent>("subscribe", {}, listener),
  copyInvite: () => invoke("copy_invite"),
  chatWrite: (to, text) => invoke("chat_write", { to, text }),
  chatSince: (revision) => invoke("chat_since", { revision }),
  chatRead: () => invoke("chat_read"),
  chatSave: () => invoke("chat_save"),
  copyText: (text) => invoke("copy_text", { text }),
  openLink: (url) => invoke("open_link", { url }),
  preferences: () => invoke("preferences"),
  changePreferences: (change) => invoke("change_preferences", { change }),
  setName: (name) => invoke("set_name", { name }),
  devices: () => invoke("devices"),
  chooseDevice: (kind, id) => invoke("choose_device", { kind, id }),
  chooseVideoSize: (size) => invoke("choose_video_size", { size }),
  preview: (wanted, listener) => listen<PreviewEvent>("preview", { wanted }, listener),
  previewEnd: () => invoke("preview_end"),
  testSound: () => invoke("test_sound"),
  testServer: (server) => invoke("test_server", { server }),
  openWindow: (window) => invoke("open_window", { window }),
  closeWindow: () => invoke("close_window"),
  setFullScreen: (on) => invoke("set_full_screen", { on }),
  setZoom: (factor) => invoke("set_zoom", { factor }),
  diagnostics: () => invoke("diagnostics"),
  exportDiagnostics: () => invoke("export_diagnostics"),
  injectFault: (fault) => invoke("inject_fault", { fault }),
  frameSocket: () => invoke("frame_socket"),
  framesOverIpc: (format, listener) =>
    listen<unknown>("frames_over_ipc", { format }, (message) => {
      const data = toBuffer(message);
      if (data) listener(data);
    }),
  frameCredit: (feed, seq) => invoke("frame_credit", { feed, seq }),
  frameFormat: (feed, format) => invoke("frame_format", { feed, format }),
  requestKeyframe: (feed) => invoke("request_keyframe", { feed }),
};

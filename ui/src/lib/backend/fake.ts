/**
 * A backend for a plain browser: synthetic people, moving pictures, changing states.
 *
 * For design work and tests of the page. The address chooses what it shows: `?meeting` starts in a meeting, `people=5`
 * sets the number of others, `mixed` puts them into different states, `sharing` lets the first share a screen, `lively`
 * changes states as time passes, `chat=20` has so many messages, `frames=i420|vp8|flood|none` chooses their pictures (a flood: more than any computer
 * can show). `deaf` others never hold our newest state. `recent` has meetings to return to, `link` hands one over,
 * `denied=camera:camera_busy` refuses a device, `reset` and `fault=CODE` report these events, `full-disk` saves
 * nothing, `still` keeps everyone silent, `muted-voice` speaks into a closed microphone. `name`, `appearance`,
 * `language`, `layout`, `servers` and `diagnostics` set earlier choices. `last-call` offers to rejoin; with
 * `last-call=unreachable` this fails. Joining a room named after an error code, such as `wrong-secret`, fails with it,
 * and so does joining any room with `refuse=CODE`. A link with an option comes from a newer version.
 */
import { roomOf } from "../links";
import type { Listening } from "../wire/Listening";
import type { Backend } from "./backend";
import { DEVICES } from "./fake/preferences";
import { FakeCore, INVITE } from "./fake/core";

/** Long enough to show that something is under way. */
const ANSWER_MS = 350;

type Command = () => void;

function answer<T>(value: () => T): Promise<T> {
  return new Promise<void>((resolve) => {
    setTimeout(resolve, ANSWER_MS);
  }).then(value);
}

/** Refuses a room named after an error code, with `-` for `_`, and any room if a code was chosen. */
function refuse(link: string, chosen: string | null): void {
  const code = chosen ?? roomOf(link).replaceAll("-", "_");
  const codes = ["wrong_secret", "room_full", "unreachable", "unsupported_version", "malformed_link"];
  if (codes.includes(code)) throw Object.assign(new Error(code), { code, detail: {} });
}

export function fake(options: URLSearchParams): Backend {
  const core = new FakeCore(options);
  const now = (command: Command): Promise<void> => Promise.resolve().then(command);
  return {
    host: (entry) => answer(() => core.enter(INVITE, entry)),
    join: (link, entry) =>
      answer(() => {
        refuse(link, options.get("refuse"));
        return core.enter(link, entry);
      }),
    rejoin: () => {
      core.tellLastCall(true);
      return answer(() => {
        core.tellLastCall(false);
        const code = options.get("last-call");
        if (code) throw Object.assign(new Error(code), { code, detail: {} });
        return core.enter(INVITE, { name: "Ada Lovelace", microphone: false, camera: true });
      });
    },
    demo: (entry) => answer(() => core.enter(INVITE, entry)),
    joinRecent: (_id, entry) => answer(() => core.enter(INVITE, entry)),
    forgetRecent: (id) => now(() => core.forgetRecent(id)),
    inspectLink: (link) =>
      answer(() => {
        if (/^[^#]*\?/.test(link)) throw Object.assign(new Error("link"), { code: "link_option", detail: {} });
        const server = /^holdfast:\/\/join\/([^/]+)\/[^#]+#./.exec(link)?.[1];
        if (server === undefined) throw Object.assign(new Error("link"), { code: "link_secret_missing", detail: {} });
        return { room: roomOf(link), server };
      }),
    forgetLastCall: () => now(() => core.forgetLastCall()),
    leave: () => now(() => core.leave()),
    setMicrophone: (on) => now(() => core.changeSelf({ microphone: on })),
    setCamera: (on) =>
      now(() => {
        if (on && options.has("no-camera")) core.emit({ type: "notice", code: "camera_unavailable" });
        else core.changeSelf({ camera: on });
      }),
    setHand: (on) => now(() => core.changeSelf({ hand: on })),
    retry: (participant) => now(() => core.retry(participant)),
    setListening: (participant, listening: Listening) => now(() => core.change(participant, { listening })),
    setPinned: (participant) => now(() => core.emit({ type: "pinned", id: participant })),
    snapshot: () => Promise.resolve(core.meeting),
    subscribe: (listener) => Promise.resolve(core.listen(listener)),
    chatWrite: (to, text) => Promise.resolve().then(() => core.chat.write(to, text)),
    chatSince: (revision) => Promise.resolve(core.chat.since(revision)),
    chatRead: () => now(() => core.chat.read()),
    chatSave: () => Promise.resolve({ path: "/home/ada/Downloads/holdfast-chat-1795262640000.txt" }),
    copyText: (text) => navigator.clipboard.writeText(text),
    openLink: () => now(() => undefined),
    copyInvite: () => navigator.clipboard.writeText(core.meeting?.invite ?? ""),
    preferences: () => Promise.resolve(core.preferences),
    changePreferences: (change) => answer(() => core.changePreferences(change)),
    setName: (name) => now(() => void core.changePreferences({ name })),
    devices: () => Promise.resolve(options.has("no-devices") ? { cameras: [], microphones: [], speakers: [] } : DEVICES),
    chooseDevice: (kind, id) => now(() => core.chooseDevice(kind, id)),
    chooseVideoSize: (videoSize) => now(() => void core.changePreferences({ videoSize })),
    preview: (wanted, listener) => Promise.resolve(core.preview.start(wanted, options.get("denied"), listener)),
    previewEnd: () => now(() => core.preview.end()),
    testSound: () => now(() => undefined),
    testServer: ({ url }) =>
      answer(() =>
        url.startsWith("stun:") ? { ok: true, ms: 24, code: null } : { ok: false, ms: null, code: "ice_unreachable" },
      ),
    openWindow: () => now(() => undefined),
    closeWindow: () => now(() => undefined),
    setFullScreen: (on) => now(() => core.emit({ type: "fullScreen", on })),
    setZoom: (factor) =>
      now(() => {
        document.documentElement.style.zoom = String(factor);
      }),
    diagnostics: () => Promise.resolve().then(() => core.troubles.diagnostics(core.meeting)),
    exportDiagnostics: () => Promise.resolve({ path: "/home/ada/Downloads/holdfast-diagnostics-1795262640000.json" }),
    injectFault: (fault) => now(() => core.troubles.inject(fault)),
    frameSocket: () => Promise.reject(Object.assign(new Error("no socket in a browser"), { code: "unavailable" })),
    framesOverIpc: (_format, listener) => Promise.resolve(core.pictures.show(listener)),
    frameCredit: (feed) => now(() => core.pictures.credit(feed)),
    frameFormat: (feed, format) => now(() => core.pictures.format(feed, format)),
    requestKeyframe: (feed) => now(() => core.pictures.keyframe(feed)),
  };
}

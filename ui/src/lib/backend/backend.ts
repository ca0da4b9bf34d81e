/**
 * What the page may ask of the core, and what it hears back.
 *
 * The page reaches the core only through this: `tauri.ts` in the app, `fake.ts` in a plain browser. Only the core knows
 * the true state. A listener first gets a snapshot, then the changes.
 */
import type { AppError } from "../wire/AppError";
import type { ChatChanges } from "../wire/ChatChanges";
import type { ChatMessage } from "../wire/ChatMessage";
import type { DeviceKind } from "../wire/DeviceKind";
import type { Devices } from "../wire/Devices";
import type { Diagnostics } from "../wire/Diagnostics";
import type { ExportedFile } from "../wire/ExportedFile";
import type { Fault } from "../wire/Fault";
import type { FrameFormat } from "../wire/FrameFormat";
import type { FrameSocketAddress } from "../wire/FrameSocketAddress";
import type { IceServerChoice } from "../wire/IceServerChoice";
import type { LinkDetails } from "../wire/LinkDetails";
import type { Listening } from "../wire/Listening";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { PageEvent } from "../wire/PageEvent";
import type { Preferences } from "../wire/Preferences";
import type { PreviewEvent } from "../wire/PreviewEvent";
import type { PreviewWanted } from "../wire/PreviewWanted";
import type { ServerTest } from "../wire/ServerTest";
import type { VideoSize } from "../wire/VideoSize";
import type { WindowLabel } from "../wire/WindowLabel";

/** How a person enters a meeting. */
export interface Entry {
  name: string;
  microphone: boolean;
  camera: boolean;
}

/** Ends a subscription; nothing is delivered afterwards. */
export type Unsubscribe = () => void;

export interface Backend {
  /** These answer once the meeting is entered, and fail with `cancelled` if `leave` called them off. */
  host(entry: Entry): Promise<MeetingSnapshot>;
  join(link: string, entry: Entry): Promise<MeetingSnapshot>;
  /** A meeting with three synthetic people, to look around in. */
  demo(entry: Entry): Promise<MeetingSnapshot>;
  /** Enters one of the meetings in the last `recent` event. */
  joinRecent(id: number, entry: Entry): Promise<MeetingSnapshot>;
  forgetRecent(id: number): Promise<void>;
  /** Reads an invite before it is used. If it is wrong, fails with a code that says how. */
  inspectLink(link: string): Promise<LinkDetails>;
  /** The meeting the app was in when it ended without leaving, as the last `lastCall` event described it. */
  rejoin(): Promise<MeetingSnapshot>;
  /** Forgets that meeting: it cannot be rejoined. */
  forgetLastCall(): Promise<void>;
  leave(): Promise<void>;
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  setHand(on: boolean): Promise<void>;
  /** Tries now to get the connection to someone back. Harmless while it works. */
  retry(participant: string): Promise<void>;
  setListening(participant: string, listening: Listening): Promise<void>;
  /** Shows someone large, here only; null undoes this. */
  setPinned(participant: string | null): Promise<void>;
  snapshot(): Promise<MeetingSnapshot | null>;
  /** Events of this and every later meeting, first a snapshot if there is one, and events between meetings. */
  subscribe(listener: (event: PageEvent) => void): Promise<Unsubscribe>;
  copyInvite(): Promise<void>;
  /** Writes to everyone, or to one person only. */
  chatWrite(to: string | null, text: string): Promise<ChatMessage>;
  /** What changed in the chat after this revision, oldest change first; a part of it, if there is much. */
  chatSince(revision: number): Promise<ChatChanges>;
  /** The person has seen everything that was written. */
  chatRead(): Promise<void>;
  /** Writes the whole chat into a text file. */
  chatSave(): Promise<ExportedFile>;
  copyText(text: string): Promise<void>;
  /** Opens a web address in the browser of the system. */
  openLink(url: string): Promise<void>;
  preferences(): Promise<Preferences>;
  /** Checks, uses and saves a change at once. Answers with the preferences that then apply. */
  changePreferences(change: Partial<Preferences>): Promise<Preferences>;
  setName(name: string): Promise<void>;
  devices(): Promise<Devices>;
  /** Uses a device at once and remembers it; null for the system's own choice. */
  chooseDevice(kind: DeviceKind, id: string | null): Promise<void>;
  chooseVideoSize(size: VideoSize): Promise<void>;
  /** Opens devices to look at before a meeting. Pictures come as those of feed 0; nothing is sent anywhere. */
  preview(wanted: PreviewWanted, listener: (event: PreviewEvent) => void): Promise<Unsubscribe>;
  previewEnd(): Promise<void>;
  /** Plays a short chime on the chosen speaker. */
  testSound(): Promise<void>;
  testServer(server: IceServerChoice): Promise<ServerTest>;
  openWindow(window: WindowLabel): Promise<void>;
  /** Closes the window this page is in. */
  closeWindow(): Promise<void>;
  /** Makes the window of this page fill the screen, or no longer fill it. An event tells when it does. */
  setFullScreen(on: boolean): Promise<void>;
  /** The zoom of the window of this page: 1 as usual, from 0.5 to 2. A new window has 1. */
  setZoom(factor: number): Promise<void>;
  /** Everything known about the meeting. The core gathers it only on request. */
  diagnostics(): Promise<Diagnostics>;
  /** Writes it into a file to pass on, without names, addresses and secrets. */
  exportDiagnostics(): Promise<ExportedFile>;
  /** Breaks something on purpose; refused unless the person allowed it. The reports are part of the diagnostics. */
  injectFault(fault: Fault): Promise<void>;
  frameSocket(): Promise<FrameSocketAddress>;
  framesOverIpc(format: FrameFormat, listener: (data: ArrayBuffer) => void): Promise<Unsubscribe>;
  frameCredit(feed: number, seq: number): Promise<void>;
  frameFormat(feed: number, format: FrameFormat): Promise<void>;
  requestKeyframe(feed: number): Promise<void>;
}

/** The part of the backend that the frame client uses. */
export type FrameSource = Pick<
  Backend,
  "frameSocket" | "framesOverIpc" | "frameCredit" | "frameFormat" | "requestKeyframe"
>;

/** Turns any rejection of a command into an error with a code. */
export function toAppError(reason: unknown): AppError {
  if (typeof reason === "object" && reason !== null && "code" in reason && typeof reason.code === "string") {
    const detail = "detail" in reason && typeof reason.detail === "object" && reason.detail !== null ? reason.detail : {};
    return { code: reason.code, detail: detail as AppError["detail"] };
  }
  return { code: "internal", detail: {} };
}

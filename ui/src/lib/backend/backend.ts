/**
 * What the page may ask of the core, and what it hears back.
 *
 * This is the only door: `tauri.ts` is the app, `fake.ts` a plain browser. The core holds all truth; a listener first
 * gets a snapshot, then what changed.
 */
import type { AppError } from "../wire/AppError";
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
  /** All answer once the meeting is entered, and fail with `cancelled` when `leave` called them off. */
  host(entry: Entry): Promise<MeetingSnapshot>;
  join(link: string, entry: Entry): Promise<MeetingSnapshot>;
  /** A meeting with three people who are not there, to look around in. */
  demo(entry: Entry): Promise<MeetingSnapshot>;
  /** One of the last `recent` event. */
  joinRecent(id: number, entry: Entry): Promise<MeetingSnapshot>;
  forgetRecent(id: number): Promise<void>;
  /** What an invite says, before it is used. Fails with the code of what is wrong with it. */
  inspectLink(link: string): Promise<LinkDetails>;
  /** The meeting the app was in when it ended without leaving, as the last `lastCall` event described it. */
  rejoin(): Promise<MeetingSnapshot>;
  /** There will be no way back into that meeting. */
  forgetLastCall(): Promise<void>;
  leave(): Promise<void>;
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  setHand(on: boolean): Promise<void>;
  /** Tries to get the connection to someone back now; harmless while it works. */
  retry(participant: string): Promise<void>;
  setListening(participant: string, listening: Listening): Promise<void>;
  /** Shows someone large, here only; null takes it back. */
  setPinned(participant: string | null): Promise<void>;
  snapshot(): Promise<MeetingSnapshot | null>;
  /** Events of this and every later meeting, a snapshot first if there is one, and what happens between meetings. */
  subscribe(listener: (event: PageEvent) => void): Promise<Unsubscribe>;
  copyInvite(): Promise<void>;
  preferences(): Promise<Preferences>;
  /** Checked, used and saved at once; answers with what holds then. */
  changePreferences(change: Partial<Preferences>): Promise<Preferences>;
  setName(name: string): Promise<void>;
  devices(): Promise<Devices>;
  /** Used at once and remembered; null for what the system prefers. */
  chooseDevice(kind: DeviceKind, id: string | null): Promise<void>;
  chooseVideoSize(size: VideoSize): Promise<void>;
  /** Opens devices to look at before a meeting. Pictures come as those of tile 0; nothing is sent anywhere. */
  preview(wanted: PreviewWanted, listener: (event: PreviewEvent) => void): Promise<Unsubscribe>;
  previewEnd(): Promise<void>;
  /** A short chime from the chosen speaker. */
  testSound(): Promise<void>;
  testServer(server: IceServerChoice): Promise<ServerTest>;
  openWindow(window: WindowLabel): Promise<void>;
  /** Closes the window this page is in. */
  closeWindow(): Promise<void>;
  /** Lets the window this page is in fill the screen, or no longer; an event says that it does. */
  setFullScreen(on: boolean): Promise<void>;
  /** How large the window this page is in shows everything: 1 as usual, from 0.5 to 2. A new window has 1. */
  setZoom(factor: number): Promise<void>;
  /** Everything known about the meeting. Gathered only when asked for. */
  diagnostics(): Promise<Diagnostics>;
  /** Writes it into a file for others, without names, addresses and secrets. */
  exportDiagnostics(): Promise<ExportedFile>;
  /** Breaks something on purpose; refused unless switched on. The reports are among the diagnostics. */
  injectFault(fault: Fault): Promise<void>;
  frameSocket(): Promise<FrameSocketAddress>;
  framesOverIpc(format: FrameFormat, listener: (data: ArrayBuffer) => void): Promise<Unsubscribe>;
  frameCredit(tile: number, seq: number): Promise<void>;
  frameFormat(tile: number, format: FrameFormat): Promise<void>;
  requestKeyframe(tile: number): Promise<void>;
}

/** The part of the backend that the frame client uses. */
export type FrameSource = Pick<
  Backend,
  "frameSocket" | "framesOverIpc" | "frameCredit" | "frameFormat" | "requestKeyframe"
>;

/** Turns whatever a command was rejected with into a coded error. */
export function toAppError(reason: unknown): AppError {
  if (typeof reason === "object" && reason !== null && "code" in reason && typeof reason.code === "string") {
    const detail = "detail" in reason && typeof reason.detail === "object" && reason.detail !== null ? reason.detail : {};
    return { code: reason.code, detail: detail as AppError["detail"] };
  }
  return { code: "internal", detail: {} };
}

/**
 * What the page may ask of the core, and what it hears back.
 *
 * This is the only door: `tauri.ts` is the app, `fake.ts` a plain browser. The core holds all truth; a listener first
 * gets a snapshot, then what changed.
 */
import type { AppError } from "../wire/AppError";
import type { Devices } from "../wire/Devices";
import type { FrameFormat } from "../wire/FrameFormat";
import type { FrameSocketAddress } from "../wire/FrameSocketAddress";
import type { Listening } from "../wire/Listening";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
import type { PageEvent } from "../wire/PageEvent";
import type { Preferences } from "../wire/Preferences";

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
  snapshot(): Promise<MeetingSnapshot | null>;
  /** Events of this and every later meeting, a snapshot first if there is one, and what happens between meetings. */
  subscribe(listener: (event: PageEvent) => void): Promise<Unsubscribe>;
  copyInvite(): Promise<void>;
  preferences(): Promise<Preferences>;
  setName(name: string): Promise<void>;
  devices(): Promise<Devices>;
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

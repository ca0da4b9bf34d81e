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
import type { MeetingEvent } from "../wire/MeetingEvent";
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";
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
  /** Both answer once the meeting is entered, and fail with `cancelled` when `leave` called them off. */
  host(entry: Entry): Promise<MeetingSnapshot>;
  join(link: string, entry: Entry): Promise<MeetingSnapshot>;
  leave(): Promise<void>;
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  setHand(on: boolean): Promise<void>;
  snapshot(): Promise<MeetingSnapshot | null>;
  /** Events of this and every later meeting, a snapshot first if there is one. */
  subscribe(listener: (event: MeetingEvent) => void): Promise<Unsubscribe>;
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

import type { ConnectionState } from "./ConnectionState";

/**
 * One person in the meeting, oneself included.
 */
export type ParticipantView = { id: string, name: string, tile: number, state: ConnectionState, stateSinceMs: number, media: { revision: number; microphone: boolean; camera: boolean; screen: boolean; hand: boolean }, hasVideo: boolean, };

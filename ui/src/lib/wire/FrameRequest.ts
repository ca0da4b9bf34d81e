import type { FrameFormat } from "./FrameFormat";

/**
 * What a page says about the pictures it gets.
 */
export type FrameRequest = { "type": "credit", tile: number, seq: number, } | { "type": "format", tile: number, format: FrameFormat, } | { "type": "keyframe", tile: number, };

import type { FrameFormat } from "./FrameFormat";

/**
 * The first message of a page.
 */
export type FrameHello = { "type": "hello", token: string, format: FrameFormat, };

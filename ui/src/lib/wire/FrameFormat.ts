/**
 * What the payload of a frame message is.
 */
export type FrameFormat = "vp8" | "i420";

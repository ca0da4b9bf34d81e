/**
 * How the signaling connection stands. Its loss does not disturb media.
 */
export type SignalingState = "connected" | "reconnecting";

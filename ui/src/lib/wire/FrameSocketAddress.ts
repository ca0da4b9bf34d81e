/**
 * Where frames are served, and the token that opens it once.
 */
export type FrameSocketAddress = { url: string, token: string, };

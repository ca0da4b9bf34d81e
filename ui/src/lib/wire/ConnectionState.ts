/**
 * How the connection to one participant stands (requirement R1).
 */
export type ConnectionState = "waiting" | "connecting" | "connected" | "reconnecting" | "failed" | "left";

/**
 * A camera, microphone or speaker.
 */
export type Device = { id: string, name: string, };

import type { Device } from "./Device";

/**
 * What is plugged in.
 */
export type Devices = { cameras: Array<Device>, microphones: Array<Device>, speakers: Array<Device>, };

/** The devices that are plugged in. Asks again when someone is about to choose. */
import type { Backend } from "../backend/backend";
import type { Device } from "../wire/Device";
import type { DeviceKind } from "../wire/DeviceKind";
import type { Devices } from "../wire/Devices";

export class DeviceList {
  #backend: () => Backend;
  #devices: Devices | null = $state.raw(null);

  constructor(backend: () => Backend) {
    this.#backend = backend;
  }

  /** Null until the core has answered. */
  of(kind: DeviceKind): Device[] | null {
    if (!this.#devices) return null;
    return { camera: this.#devices.cameras, microphone: this.#devices.microphones, speaker: this.#devices.speakers }[kind];
  }

  async refresh(): Promise<void> {
    // Without an answer, the system's own choice can still be used.
    this.#devices = await this.#backend().devices().catch(() => this.#devices);
  }
}

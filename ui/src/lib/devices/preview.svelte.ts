/** Camera and microphone before a meeting: what we want of them, and what they report. */
import { toAppError, type Backend, type Unsubscribe } from "../backend/backend";
import type { PreviewEvent } from "../wire/PreviewEvent";
import type { PreviewWanted } from "../wire/PreviewWanted";

const NOTHING: PreviewWanted = { camera: false, microphone: false };

export class Preview {
  /** Level of the microphone, 0 to 1. */
  level: number = $state(0);
  /** Why the camera cannot be used. */
  camera: string | null = $state(null);
  /** Why the microphone cannot be used. */
  microphone: string | null = $state(null);

  #backend: () => Backend;
  #wanted = NOTHING;
  #has = NOTHING;
  #following = false;
  #stop: Unsubscribe | null = null;

  constructor(backend: () => Backend) {
    this.#backend = backend;
  }

  /** Sets the wish. Any number of changes while a device opens lead to the last one. */
  want(wanted: PreviewWanted): void {
    const { camera, microphone } = this.#wanted;
    if (wanted.camera === camera && wanted.microphone === microphone) return;
    this.#wanted = wanted;
    void this.#follow();
  }

  /** Tries the same wish again: a device was plugged in, or another one was chosen. */
  again(): void {
    this.#wanted = { ...this.#wanted };
    void this.#follow();
  }

  end(): void {
    this.want(NOTHING);
  }

  async #follow(): Promise<void> {
    if (this.#following) return;
    this.#following = true;
    while (this.#has !== this.#wanted) {
      this.#has = this.#wanted;
      await this.#open(this.#has);
    }
    this.#following = false;
  }

  async #open(wanted: PreviewWanted): Promise<void> {
    this.#stop?.();
    this.#stop = null;
    this.level = 0;
    this.camera = null;
    this.microphone = null;
    try {
      if (wanted.camera || wanted.microphone) {
        this.#stop = await this.#backend().preview(wanted, (event) => {
          if (this.#has === wanted) this.#hear(event);
        });
      } else {
        await this.#backend().previewEnd();
      }
    } catch (reason) {
      const { code } = toAppError(reason);
      if (wanted.camera) this.camera = code;
      else if (wanted.microphone) this.microphone = code;
    }
  }

  #hear(event: PreviewEvent): void {
    if (event.type === "level") {
      this.level = event.level;
      return;
    }
    if (event.kind === "camera") this.camera = event.code;
    if (event.kind === "microphone") {
      this.microphone = event.code;
      this.level = 0;
    }
  }
}

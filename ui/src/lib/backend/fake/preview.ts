/** A fake camera and microphone for the look before a meeting. */
import type { PreviewEvent } from "../../wire/PreviewEvent";
import type { PreviewWanted } from "../../wire/PreviewWanted";
import type { Unsubscribe } from "../backend";
import { voice } from "./speech";

const EVERY_MS = 100;

export class FakePreview {
  camera = false;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** `denied` names a device that cannot be opened, with the code that says why: `camera:camera_busy`. */
  start(wanted: PreviewWanted, denied: string | null, listener: (event: PreviewEvent) => void): Unsubscribe {
    this.end();
    const [kind, code = "camera_denied"] = (denied ?? "").split(":");
    this.camera = wanted.camera && kind !== "camera";
    if (wanted.camera && kind === "camera") setTimeout(() => listener({ type: "failed", kind, code }), EVERY_MS);
    if (wanted.microphone && kind === "microphone") setTimeout(() => listener({ type: "failed", kind, code }), EVERY_MS);
    else if (wanted.microphone) {
      const timer = setInterval(() => listener({ type: "level", level: voice(performance.now(), 0) }), EVERY_MS);
      this.#timer = timer;
      return () => clearInterval(timer);
    }
    return () => undefined;
  }

  end(): void {
    this.camera = false;
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}

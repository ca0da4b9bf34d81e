/** What the person chose. The core keeps it; this is the copy for the screens. */
import { toAppError, type Backend } from "../backend/backend";
import { useLanguage } from "../text/catalogue";
import type { Appearance } from "../wire/Appearance";
import type { DeviceKind } from "../wire/DeviceKind";
import type { Preferences } from "../wire/Preferences";
import type { VideoSize } from "../wire/VideoSize";

/** Used until the core has answered, and if it cannot. */
export const DEFAULTS: Preferences = {
  name: "",
  microphone: true,
  camera: true,
  devices: { camera: null, microphone: null, speaker: null },
  videoSize: "large",
  appearance: "system",
  language: "system",
  layout: "auto",
  mirrorSelf: true,
  hideSelf: false,
  selfCorner: "bottomRight",
  shortcuts: { mute: "CommandOrControl+Shift+M", pushToTalk: null },
  servers: { ice: [] },
  signalingServer: null,
  autostart: false,
  notifications: true,
  diagnostics: false,
};

export class PreferencesCopy {
  current: Preferences = $state.raw(DEFAULTS);
  #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  take(preferences: Preferences): void {
    // A core of another version may not know all of them.
    this.current = { ...DEFAULTS, ...preferences };
    useLanguage(this.current.language);
    useAppearance(this.current.appearance);
  }

  /** Saves a choice. If something went wrong, answers with its code; then nothing has changed. */
  change(change: Partial<Preferences>): Promise<string | null> {
    return this.#ask(async () => this.take(await this.#backend.changePreferences(change)));
  }

  chooseDevice(kind: DeviceKind, id: string | null): Promise<string | null> {
    return this.#ask(async () => {
      await this.#backend.chooseDevice(kind, id);
      this.take({ ...this.current, devices: { ...this.current.devices, [kind]: id } });
    });
  }

  chooseVideoSize(videoSize: VideoSize): Promise<string | null> {
    return this.#ask(async () => {
      await this.#backend.chooseVideoSize(videoSize);
      this.take({ ...this.current, videoSize });
    });
  }

  async #ask(request: () => Promise<void>): Promise<string | null> {
    try {
      await request();
      return null;
    } catch (reason) {
      return toAppError(reason).code;
    }
  }
}

/** Light or dark if the person chose so, otherwise like the system. The stylesheet does the rest. */
function useAppearance(appearance: Appearance): void {
  if (typeof document === "undefined") return;
  const { dataset } = document.documentElement;
  if (appearance === "system") delete dataset["theme"];
  else dataset["theme"] = appearance;
}

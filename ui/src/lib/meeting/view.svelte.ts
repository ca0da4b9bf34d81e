/** Which parts of a meeting are open in this window, and what a person asks for there. */
import { toAppError } from "../backend/backend";
import { cleanName } from "../names";
import { fill, text } from "../text/catalogue";
import type { DeviceKind } from "../wire/DeviceKind";
import type { Layout } from "../wire/Layout";
import type { Listening } from "../wire/Listening";
import type { Preferences } from "../wire/Preferences";
import type { WindowLabel } from "../wire/WindowLabel";
import type { App } from "./app.svelte";
import { keepSingleKeys, singleKeys } from "./single-keys";
import { Sparing } from "./sparing.svelte";

/** The panels beside the stage; each is a tab. */
export const PANELS = ["people", "chat", "hearing"] as const;
export type Panel = (typeof PANELS)[number];

/** What is open beside its button. */
export type Popup = { anchor: HTMLElement } & (
  | { kind: "person" | "details"; id: string }
  | { kind: "self" | "layout" | "more" | "sound" | "camera" }
);

const LAYOUTS: readonly Layout[] = ["auto", "grid", "speaker"];

export class View {
  panel: Panel | null = $state(null);
  popup: Popup | null = $state.raw(null);
  help: boolean = $state(false);
  singleKeys: boolean = $state(singleKeys());
  readonly sparing: Sparing;

  #app: App;
  /** The last wish while a request is under way: only the newest is sent. */
  #listening = new Map<string, Listening | null>();

  constructor(app: App) {
    this.#app = app;
    this.sparing = new Sparing(app.notes, app.meeting?.startedAtMs ?? null);
  }

  /** Opens the popup, or closes it if it is already open. */
  toggle(popup: Popup): void {
    const same = this.popup?.kind === popup.kind && this.popup.anchor === popup.anchor;
    this.popup = same ? null : popup;
  }

  shows(kind: Popup["kind"], id: string | null = null): boolean {
    return this.popup?.kind === kind && (id === null || ("id" in this.popup && this.popup.id === id));
  }

  /** Closes it, and moves the focus back to the button unless the person has moved it elsewhere. */
  closePopup(refocus: boolean): void {
    const anchor = this.popup?.anchor;
    this.popup = null;
    if (refocus && anchor?.isConnected) anchor.focus();
  }

  togglePanel(panel: Panel): void {
    // People and who hears whom are one button; the chat has its own.
    const open = panel === "people" ? this.panel !== null && this.panel !== "chat" : this.panel === panel;
    this.panel = open ? null : panel;
  }

  async pin(id: string | null): Promise<void> {
    const name = this.#app.meeting?.participants.find((one) => one.id === id)?.name;
    const said = name === undefined ? text.layout.unpinned : fill(text.layout.pinned, { name: cleanName(name) });
    await this.#ask(() => this.#app.backend.setPinned(id), said);
  }

  togglePin(id: string): Promise<void> {
    return this.pin(this.#app.meeting?.pinned === id ? null : id);
  }

  /** A slider asks faster than it is answered. Values that were overtaken are not sent. */
  async listen(id: string, listening: Listening): Promise<void> {
    const busy = this.#listening.has(id);
    this.#listening.set(id, listening);
    if (busy) return;
    for (let next = this.#listening.get(id); next; next = this.#listening.get(id)) {
      this.#listening.set(id, null);
      const wanted = next;
      await this.#ask(() => this.#app.backend.setListening(id, wanted));
    }
    this.#listening.delete(id);
  }

  /** Chosen by hand, so it removes a pin that would prevent the chosen layout. */
  async chooseLayout(layout: Layout): Promise<void> {
    if (this.#app.meeting?.pinned) await this.#ask(() => this.#app.backend.setPinned(null));
    await this.change({ layout }, text.layout.changed[layout]);
  }

  nextLayout(): Promise<void> {
    const at = LAYOUTS.indexOf(this.#app.preferences.current.layout);
    return this.chooseLayout(LAYOUTS[(at + 1) % LAYOUTS.length] ?? "auto");
  }

  toggleSelf(): Promise<void> {
    const hideSelf = !this.#app.preferences.current.hideSelf;
    return this.change({ hideSelf }, hideSelf ? text.layout.selfHidden : text.layout.selfShown);
  }

  async change(change: Partial<Preferences>, said: string | null = null): Promise<void> {
    this.#told(await this.#app.preferences.change(change), said);
  }

  async chooseDevice(kind: DeviceKind, id: string | null): Promise<void> {
    this.#told(await this.#app.preferences.chooseDevice(kind, id), null);
  }

  openWindow(window: WindowLabel): Promise<void> {
    return this.#ask(() => this.#app.backend.openWindow(window));
  }

  useSingleKeys(on: boolean): void {
    this.singleKeys = on;
    keepSingleKeys(on);
  }

  async #ask(request: () => Promise<void>, said: string | null = null): Promise<void> {
    try {
      await request();
      this.#told(null, said);
    } catch (reason) {
      this.#told(toAppError(reason).code, null);
    }
  }

  #told(code: string | null, said: string | null): void {
    if (code !== null) this.#app.notes.problem(code);
    else if (said !== null) this.#app.notes.say(said);
  }
}

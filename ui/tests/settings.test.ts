// @vitest-environment happy-dom
/** What a person can choose, how it is saved at once, and what is said when that fails. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { flushSync } from "svelte";
import { afterEach, describe, expect, it, vi } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import type { Backend } from "../src/lib/backend/backend";
import { useLanguage } from "../src/lib/text/catalogue";
import { rejection } from "./backend";
import { click, find, maybe } from "./page";
import { preferences } from "./people";
import { close, open, type Opened } from "./window";

afterEach(async () => {
  await close();
  delete document.documentElement.dataset["theme"];
  useLanguage("en");
});

type Part = "devices" | "view" | "shortcuts" | "servers" | "look" | "system";

async function settings(part: Part, change: Partial<Backend> = {}): Promise<Opened> {
  const opened = await open(AppWindow, change);
  click("home-settings");
  click(`settings-part-${part}`);
  return opened;
}

const codes = (): (string | undefined)[] =>
  [...document.querySelectorAll<HTMLElement>("[data-testid=error-message]")].map((one) => one.dataset["code"]);

function choose(group: string, value: string): void {
  const input = find(group).querySelector<HTMLInputElement>(`input[value="${value}"]`)!;
  input.click();
  flushSync();
}

function type(id: string, words: string): void {
  const input = find<HTMLInputElement>(id);
  input.value = words;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
  flushSync();
}

function key(code: string, change: Partial<KeyboardEventInit> = {}): void {
  const event = new KeyboardEvent("keydown", { code, key: code, bubbles: true, cancelable: true, ...change });
  document.body.dispatchEvent(event);
  flushSync();
}

describe("the settings", () => {
  it("save a choice at once and say so once", async () => {
    const { backend } = await settings("view");
    click("settings-mirror-self");
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith({ mirrorSelf: false });
    await vi.waitFor(() => expect(find("settings-saved").textContent).toContain("Saved"));
    expect(find("settings-mirror-self").getAttribute("aria-checked")).toBe("false");
  });

  it("keep what was and say why, when it cannot be saved", async () => {
    await settings("system", { changePreferences: () => rejection("preferences_not_saved") });
    click("settings-autostart");
    await vi.waitFor(() => expect(codes()).toEqual(["preferences_not_saved"]));
    expect(find("settings-autostart").getAttribute("aria-checked")).toBe("false");
    expect(find("settings-saved").textContent?.trim()).toBe("");
  });

  it("say which version this is", async () => {
    await settings("system");
    const workspace = readFileSync(resolve(import.meta.dirname, "../../Cargo.toml"), "utf8");
    const [, version] = /^\[workspace\.package\][^[]*?^version = "([^"]+)"$/ms.exec(workspace)!;
    expect(find("settings-version").textContent).toBe(`Version ${version!}`);
  });

  it("use the colours chosen, whatever the system has", async () => {
    await settings("look");
    choose("settings-appearance", "dark");
    await vi.waitFor(() => expect(document.documentElement.dataset["theme"]).toBe("dark"));
    choose("settings-appearance", "system");
    await vi.waitFor(() => expect(document.documentElement.dataset["theme"]).toBeUndefined());
  });

  it("speak the language chosen at once, everywhere", async () => {
    const { app } = await settings("look");
    choose("settings-language", "de");
    await vi.waitFor(() => expect(document.documentElement.lang).toBe("de"));
    flushSync();
    expect(find("settings").textContent).toContain("Einstellungen");
    expect(find("home").textContent).toContain("Neue Besprechung");
    app.notes.problem("room_full");
    expect(app.notes.problems.at(-1)?.sentence).toContain("Die Besprechung ist voll.");
  });

  it("follow what was changed elsewhere", async () => {
    const { backend } = await settings("view");
    backend.emit({ type: "preferences", preferences: preferences({ hideSelf: true }) });
    flushSync();
    expect(find("settings-hide-self").getAttribute("aria-checked")).toBe("true");
  });

  it("close with their button, and are gone", async () => {
    const { app } = await settings("look");
    click("settings-close");
    expect(app.settings).toBe(false);
    expect(maybe("settings")).toBeNull();
  });
});

describe("devices", () => {
  const list = { cameras: [{ id: "c1", name: "Camera one" }], microphones: [], speakers: [{ id: "s1", name: "Speaker one" }] };

  it("are chosen at once, and tried", async () => {
    const { backend } = await settings("devices", { devices: () => Promise.resolve(list) });
    await vi.waitFor(() => expect(find("settings-speaker").textContent).toContain("Speaker one"));
    const select = find<HTMLSelectElement>("settings-speaker");
    select.value = "s1";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    expect(backend.chooseDevice).toHaveBeenCalledExactlyOnceWith("speaker", "s1");
    click("settings-test-sound");
    expect(backend.testSound).toHaveBeenCalledOnce();
    expect(find("settings-microphone").textContent).toContain("No microphone found");
  });

  it("open the camera only when asked to", async () => {
    const preview = vi.fn(() => Promise.resolve(() => undefined));
    await settings("devices", { preview });
    await vi.waitFor(() => expect(preview).toHaveBeenCalledWith({ camera: false, microphone: true }, expect.anything()));
    click("settings-check-camera");
    await vi.waitFor(() => expect(preview).toHaveBeenLastCalledWith({ camera: true, microphone: true }, expect.anything()));
  });
});

describe("shortcuts", () => {
  it("are recorded by pressing them", async () => {
    const { backend } = await settings("shortcuts");
    expect(find("settings-shortcut-mute").textContent).toContain("Ctrl");
    click("settings-record-pushToTalk");
    expect(find("settings-shortcut-pushToTalk").textContent).toContain("Press the keys");
    key("ControlLeft", { ctrlKey: true });
    key("Space", { ctrlKey: true, altKey: true });
    const shortcuts = { mute: "CommandOrControl+Shift+M", pushToTalk: "CommandOrControl+Alt+Space" };
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith({ shortcuts });
  });

  it("stay as they were with Escape, and say what keys will not do", async () => {
    const { app, backend } = await settings("shortcuts");
    click("settings-record-mute");
    key("KeyM");
    expect(codes()).toEqual(["shortcut_needs_modifier"]);
    key("Escape", { key: "Escape" });
    expect(find("settings-shortcut-mute").textContent).not.toContain("Press the keys");
    expect(backend.changePreferences).not.toHaveBeenCalled();
    expect(app.settings).toBe(true);
  });

  it("can be removed", async () => {
    const { backend } = await settings("shortcuts");
    click("settings-clear-mute");
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith({ shortcuts: { mute: null, pushToTalk: null } });
  });
});

describe("servers", () => {
  it("are saved when they are whole, and tested", async () => {
    const { backend } = await settings("servers", {
      testServer: () => Promise.resolve({ ok: false, ms: null, code: "ice_refused" }),
    });
    click("settings-ice-add");
    expect(backend.changePreferences).not.toHaveBeenCalled();
    type("settings-ice-url-0", " turn:turn.example.org:3478 ");
    expect(backend.changePreferences).not.toHaveBeenCalled();
    type("settings-ice-user-0", "ada");
    type("settings-ice-password-0", "s3cret");
    const ice = [{ url: "turn:turn.example.org:3478", username: "ada", credential: "s3cret" }];
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith({ servers: { ice } });
    click("settings-ice-test-0");
    await vi.waitFor(() => expect(find("settings-ice").textContent).toContain("The server refused."));
    click("settings-ice-remove-0");
    await vi.waitFor(() => expect(backend.changePreferences).toHaveBeenLastCalledWith({ servers: { ice: [] } }));
  });

  it("are refused in place when they are none", async () => {
    const { backend } = await settings("servers");
    click("settings-ice-add");
    type("settings-ice-url-0", "https://example.org");
    expect(codes()).toEqual(["ice_url"]);
    expect(find("settings-ice-url-0").getAttribute("aria-invalid")).toBe("true");
    expect(backend.changePreferences).not.toHaveBeenCalled();
  });

  it("take another place for one's own meetings", async () => {
    const { backend } = await settings("servers", { changePreferences: vi.fn(() => rejection("signaling_server")) });
    choose("settings-host", "server");
    type("settings-host-address", "nowhere");
    expect(backend.changePreferences).toHaveBeenCalledExactlyOnceWith({ signalingServer: "nowhere" });
    await vi.waitFor(() => expect(codes()).toEqual(["signaling_server"]));
  });
});

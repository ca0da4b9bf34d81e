import "@fontsource-variable/hanken-grotesk";
import "./app.css";

import { mount, type Component } from "svelte";

import type { Backend } from "./lib/backend/backend";
import { App } from "./lib/meeting/app.svelte";
import { text, useLanguage } from "./lib/text/catalogue";

/** The app does not contain the fake. Only the build named "fake" and `npm run dev` do. */
async function chooseBackend(): Promise<Backend | null> {
  if ("__TAURI_INTERNALS__" in window) return (await import("./lib/backend/tauri")).tauri;
  if (import.meta.env.DEV || import.meta.env.MODE === "fake") {
    return (await import("./lib/backend/fake")).fake(new URLSearchParams(location.search));
  }
  return null;
}

/** The address says what a window shows; the main window has nothing there. */
async function chooseWindow(options: URLSearchParams): Promise<Component<{ app: App }>> {
  switch (options.get("view")) {
    case "mini":
      return (await import("./MiniWindow.svelte")).default;
    default:
      return (await import("./AppWindow.svelte")).default;
  }
}

async function start(target: HTMLElement): Promise<void> {
  useLanguage("system");
  const backend = await chooseBackend();
  if (!backend) {
    target.textContent = text.app.outside;
    return;
  }
  // The window does not load what it does not show.
  if (new URLSearchParams(location.search).get("view") === "debug") {
    const { default: DebugWindow } = await import("./debug/DebugWindow.svelte");
    mount(DebugWindow, { target, props: { backend } });
    return;
  }
  const app = new App(backend);
  mount(await chooseWindow(new URLSearchParams(location.search)), { target, props: { app } });
  await app.start();
  // `cargo xtask bench` measures the start by this mark.
  performance.mark("usable");
}

const target = document.getElementById("app");
if (target) void start(target);

import "@fontsource-variable/hanken-grotesk";
import "./app.css";

import { mount, type Component } from "svelte";

import type { Backend } from "./lib/backend/backend";
import { App } from "./lib/meeting/app.svelte";
import { text, useLanguage } from "./lib/text/catalogue";

/** The fake is left out of the app: the build for it is the one named "fake", and `npm run dev`. */
async function chooseBackend(): Promise<Backend | null> {
  if ("__TAURI_INTERNALS__" in window) return (await import("./lib/backend/tauri")).tauri;
  if (import.meta.env.DEV || import.meta.env.MODE === "fake") {
    return (await import("./lib/backend/fake")).fake(new URLSearchParams(location.search));
  }
  return null;
}

/** What a window shows is in its address; the main window has nothing there. */
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
  // What is not shown in this window is not loaded into it.
  if (new URLSearchParams(location.search).get("view") === "debug") {
    const { default: DebugWindow } = await import("./debug/DebugWindow.svelte");
    mount(DebugWindow, { target, props: { backend } });
    return;
  }
  const app = new App(backend);
  mount(await chooseWindow(new URLSearchParams(location.search)), { target, props: { app } });
  await app.start();
  // What `cargo xtask bench` measures the start by.
  performance.mark("usable");
}

const target = document.getElementById("app");
if (target) void start(target);

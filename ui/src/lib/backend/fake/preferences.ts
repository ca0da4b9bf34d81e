/** The earlier choices, and the available devices. */
import { DEFAULTS } from "../../meeting/preferences.svelte";
import type { Appearance } from "../../wire/Appearance";
import type { Devices } from "../../wire/Devices";
import type { Language } from "../../wire/Language";
import type { Layout } from "../../wire/Layout";
import type { Preferences } from "../../wire/Preferences";
import type { RecentMeeting } from "../../wire/RecentMeeting";

export const DEVICES: Devices = {
  cameras: [
    { id: "cam-1", name: "Integrated Camera" },
    { id: "cam-2", name: "Logitech BRIO" },
  ],
  microphones: [
    { id: "mic-1", name: "Built-in Audio Analog Stereo" },
    { id: "mic-2", name: "Jabra Evolve2 65 Mono" },
  ],
  speakers: [
    { id: "out-1", name: "Built-in Audio Analog Stereo" },
    { id: "out-2", name: "Jabra Evolve2 65 Stereo" },
  ],
};

const HOUR_MS = 3_600_000;
export const RECENT: RecentMeeting[] = [
  { id: 3, room: "quiet-harbour", hosted: true, name: "Ada Lovelace", atMs: Date.now() - 2 * HOUR_MS },
  { id: 2, room: "weekly-planning", hosted: false, name: "Ada Lovelace", atMs: Date.now() - 26 * HOUR_MS },
  { id: 1, room: "reading-circle", hosted: false, name: "Ada", atMs: Date.now() - 200 * HOUR_MS },
];

/** The address can set `name`, `appearance`, `language`, `layout`, `diagnostics` and `servers`. */
export function fakePreferences(options: URLSearchParams): Preferences {
  const ice = [
    { url: "stun:stun.example.org:3478", username: "", credential: "" },
    { url: "turns:turn.example.org:5349", username: "holdfast", credential: "secret" },
  ];
  return {
    ...DEFAULTS,
    name: options.get("name") ?? "",
    appearance: (options.get("appearance") ?? "system") as Appearance,
    language: (options.get("language") ?? "system") as Language,
    layout: (options.get("layout") ?? "auto") as Layout,
    diagnostics: options.has("diagnostics"),
    servers: { ice: options.has("servers") ? ice : [] },
  };
}

/** Every screen of the page, and how to get there. */
import type { Page } from "playwright-core";

export interface Screen {
  name: string;
  query: string;
  /** What is there when it is. */
  shows: string;
  go?: (page: Page) => Promise<void>;
}

const click = (id: string) => (page: Page) => page.getByTestId(id).click();
const first = (id: string) => async (page: Page) => {
  // Shown for the pointer and for the focus only.
  await page.getByTestId(id).first().focus();
  await page.keyboard.press("Enter");
};
const hearing = async (page: Page) => {
  await click("control-people")(page);
  await click("tab-hearing")(page);
};
const noCamera = async (page: Page) => {
  await click("control-camera")(page);
  await click("control-camera")(page);
};
const choosePeer = (page: Page) => page.getByTestId("choose-peer").first().click();
const fewer = async (page: Page) => {
  await click("control-layout")(page);
  await click("layout-fewer")(page);
  await page.keyboard.press("Escape");
};
const pressHelp = async (page: Page) => {
  // Keys are heard once there is a meeting.
  await page.getByTestId("tile").first().waitFor();
  await page.keyboard.press("?");
};
const settings = (part: string) => async (page: Page) => {
  await click("home-settings")(page);
  await click(`settings-part-${part}`)(page);
};

export const SCREENS: readonly Screen[] = [
  { name: "home", query: "name=Ada Lovelace&recent", shows: "home" },
  { name: "home-first", query: "", shows: "home" },
  { name: "home-rejoin", query: "last-call&hosting&recent", shows: "rejoin-card" },
  {
    name: "home-problem",
    query: "reset",
    shows: "error-message",
    go: async (page) => {
      await page.getByTestId("home-join-link").fill("https://example.org");
      await click("home-join")(page);
    },
  },
  { name: "lobby-host", query: "name=Ada Lovelace", shows: "lobby", go: click("home-host") },
  { name: "lobby-join", query: "name=Ada Lovelace&link", shows: "lobby" },
  {
    name: "lobby-denied",
    query: "denied=camera:camera_denied&link",
    shows: "error-message",
    go: async (page) => {
      await click("lobby-microphone")(page);
      await click("lobby-enter")(page);
    },
  },
  {
    name: "lobby-refused",
    query: "name=Ada&frames=none&link=holdfast://join/meet.example.org:8443/wrong-secret%23x",
    shows: "error-message",
    go: click("lobby-enter"),
  },
  { name: "settings-devices", query: "name=Ada", shows: "settings", go: settings("devices") },
  { name: "settings-view", query: "name=Ada", shows: "settings", go: settings("view") },
  {
    name: "settings-shortcuts",
    query: "name=Ada",
    shows: "settings",
    go: async (page) => {
      await settings("shortcuts")(page);
      await click("settings-record-pushToTalk")(page);
    },
  },
  {
    name: "settings-servers",
    query: "name=Ada&servers",
    shows: "settings",
    go: async (page) => {
      await settings("servers")(page);
      await click("settings-ice-test-0")(page);
      await click("settings-ice-test-1")(page);
    },
  },
  { name: "settings-look", query: "name=Ada", shows: "settings", go: settings("look") },
  { name: "settings-system", query: "name=Ada&diagnostics", shows: "settings", go: settings("system") },
  { name: "home-german", query: "name=Ada&language=de&recent", shows: "home" },
  { name: "lobby-german", query: "name=Ada&language=de&link", shows: "lobby" },
  { name: "settings-german", query: "name=Ada&language=de", shows: "settings", go: settings("servers") },
  { name: "meeting-german", query: "meeting&people=5&still&language=de", shows: "meeting" },
  { name: "mini", query: "view=mini&meeting&people=3", shows: "mini-name" },
  { name: "mini-alone", query: "view=mini&meeting&people=0", shows: "mini" },
  { name: "meeting", query: "meeting&people=5&still", shows: "meeting" },
  { name: "meeting-alone", query: "meeting&people=0&still", shows: "meeting" },
  { name: "meeting-mixed", query: "meeting&people=7&mixed&signaling&still", shows: "meeting" },
  { name: "meeting-pair", query: "meeting&people=1", shows: "tile" },
  { name: "meeting-sixteen", query: "meeting&people=15&mixed&still", shows: "tile" },
  { name: "meeting-grid", query: "meeting&people=15&mixed&layout=grid", shows: "tile" },
  { name: "meeting-busy", query: "meeting&people=7&still&frames=flood", shows: "sparing-switch" },
  { name: "meeting-busy-problem", query: "meeting&people=7&still&frames=flood&no-camera", shows: "sparing-switch", go: noCamera },
  { name: "meeting-fewer", query: "meeting&people=7&mixed&still&layout=grid", shows: "tile-spared", go: fewer },
  { name: "meeting-fewer-sixteen", query: "meeting&people=15&mixed&still", shows: "tile-spared", go: fewer },
  { name: "meeting-people", query: "meeting&people=7&mixed&still", shows: "people-list", go: click("control-people") },
  { name: "meeting-hearing", query: "meeting&people=7&mixed&still", shows: "hearing-table", go: hearing },
  { name: "meeting-hearing-sixteen", query: "meeting&people=15&mixed&still", shows: "hearing-table", go: hearing },
  { name: "meeting-person", query: "meeting&people=3", shows: "person-menu", go: first("tile-menu") },
  { name: "meeting-details", query: "meeting&people=3", shows: "details", go: first("tile-details") },
  { name: "meeting-layout", query: "meeting&people=3&still", shows: "layout-menu", go: click("control-layout") },
  { name: "meeting-more", query: "meeting&people=3&still&diagnostics", shows: "more-menu", go: click("control-more") },
  { name: "meeting-sound", query: "meeting&people=3&still", shows: "device-menu", go: click("caret-sound") },
  { name: "debug", query: "view=debug&meeting&people=3&mixed&diagnostics", shows: "bounds" },
  { name: "debug-peer", query: "view=debug&meeting&people=3&mixed&diagnostics", shows: "charts", go: choosePeer },
  { name: "meeting-keys", query: "meeting&people=3&still", shows: "help", go: pressHelp },
];

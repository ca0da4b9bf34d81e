/**
 * Every screen of the page, and how to get there. axe checks them (`screens.test.ts`), and `pictures.ts` takes their
 * pictures for `docs/screens`. There is one list, so that every new screen gets both.
 */
import type { Page } from "playwright-core";

export interface Screen {
  /** Name of its test and of its pictures. */
  name: string;
  /** Options of the fake backend. */
  query: string;
  /** The element that is there when the screen is. */
  shows: string;
  go?: (page: Page) => Promise<void>;
}

export interface Size {
  name: string;
  width: number;
  height: number;
}

/** The size of the first start, half a laptop's screen, and the smallest size of the window. */
export const SIZES = {
  large: { name: "large", width: 1280, height: 800 },
  medium: { name: "medium", width: 800, height: 600 },
  small: { name: "small", width: 480, height: 360 },
} satisfies Record<string, Size>;

const click = (id: string) => (page: Page) => page.getByTestId(id).click();
const first = (id: string) => (page: Page) => page.getByTestId(id).first().click();
/** The second of a mixed group, with a connection under repair. */
const second = (id: string) => (page: Page) => page.getByTestId(id).nth(1).click();
const ownMenu = (page: Page) => page.locator("[data-testid=tile][data-self=true]").getByTestId("tile-menu").click();
/** In a narrow window the layout button is in the menu. */
const layouts = async (page: Page) => {
  await page.getByTestId("control-more").waitFor();
  if (await page.getByTestId("control-layout").isVisible()) return click("control-layout")(page);
  await click("control-more")(page);
  return click("more-layout")(page);
};
const paste = (link: string) => async (page: Page) => {
  await page.getByTestId("home-join-link").fill(link);
  await click("home-join")(page);
};
/** Its own button is in the menu where the window is small. */
const chat = async (page: Page) => {
  await click("control-people")(page);
  await click("tab-chat")(page);
};
const chatSearch = async (page: Page) => {
  await chat(page);
  await click("chat-search")(page);
};
const hearing = async (page: Page) => {
  await click("control-people")(page);
  await click("tab-hearing")(page);
};
const noCamera = async (page: Page) => {
  await click("control-camera")(page);
  await click("control-camera")(page);
};
const fewer = async (page: Page) => {
  await layouts(page);
  await click("layout-fewer")(page);
  await page.keyboard.press("Escape");
};
const pressHelp = async (page: Page) => {
  // Keys work once there is a meeting.
  await page.getByTestId("tile").first().waitFor();
  await page.keyboard.press("?");
};
const settings = (part: string) => async (page: Page) => {
  await click("home-settings")(page);
  await click(`settings-part-${part}`)(page);
};

const SERVER = "holdfast://join/meet.example.org:8443";

export const SCREENS: readonly Screen[] = [
  { name: "home", query: "name=Ada Lovelace&recent", shows: "home" },
  { name: "home-german", query: "name=Ada&language=de&recent", shows: "home" },
  { name: "first", query: "", shows: "home" },
  { name: "rejoin", query: "last-call&hosting&recent", shows: "rejoin-card" },
  { name: "link-wrong", query: "reset", shows: "error-message", go: paste("https://example.org") },
  { name: "link-broken", query: "name=Ada", shows: "error-message", go: paste(`${SERVER}/quiet-harbour#`) },
  { name: "link-newer", query: `name=Ada&recent&link=${SERVER}/quiet-harbour?v=2%23q0m3`, shows: "error-message" },
  { name: "link-refused", query: `name=Ada&link=${SERVER}/quiet-harbour%23x&refuse=wrong_secret`, shows: "error-message", go: click("lobby-enter") },
  { name: "link-version", query: `name=Ada&link=${SERVER}/quiet-harbour%23x&refuse=unsupported_version`, shows: "error-message", go: click("lobby-enter") },
  { name: "link-unreachable", query: `name=Ada&link=${SERVER}/quiet-harbour%23x&refuse=unreachable`, shows: "error-message", go: click("lobby-enter") },
  { name: "lobby-host", query: "name=Ada Lovelace", shows: "lobby", go: click("home-host") },
  { name: "lobby-join", query: "name=Ada Lovelace&link", shows: "lobby" },
  { name: "lobby-german", query: "name=Ada&language=de&link", shows: "lobby" },
  { name: "lobby-denied", query: "name=Ada&denied=camera:camera_denied&link", shows: "error-message" },
  {
    name: "lobby-nameless",
    query: "denied=camera:camera_denied&link",
    shows: "error-message",
    go: async (page) => {
      await click("lobby-microphone")(page);
      await click("lobby-enter")(page);
    },
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
  { name: "settings-german", query: "name=Ada&language=de", shows: "settings", go: settings("servers") },
  { name: "mini", query: "view=mini&meeting&people=3", shows: "mini-name" },
  { name: "mini-alone", query: "view=mini&meeting&people=0", shows: "mini" },
  { name: "meeting", query: "meeting&people=3", shows: "tile" },
  { name: "meeting-german", query: "meeting&people=5&language=de", shows: "tile" },
  { name: "alone", query: "meeting&people=0", shows: "tile" },
  { name: "two", query: "meeting&people=1", shows: "tile" },
  { name: "speaker", query: "meeting&people=7&layout=speaker", shows: "tile" },
  { name: "sixteen", query: "meeting&people=15&layout=grid", shows: "tile" },
  { name: "broken", query: "meeting&people=7&mixed&layout=grid", shows: "tile" },
  { name: "broken-server", query: "meeting&people=7&mixed&signaling", shows: "tile" },
  { name: "broken-sixteen", query: "meeting&people=15&mixed&layout=grid", shows: "tile" },
  { name: "broken-speaker", query: "meeting&people=15&mixed", shows: "tile" },
  { name: "busy", query: "meeting&people=7&frames=flood", shows: "sparing-switch" },
  { name: "busy-problem", query: "meeting&people=7&frames=flood&no-camera", shows: "sparing-switch", go: noCamera },
  { name: "fewer", query: "meeting&people=7&layout=grid", shows: "tile-spared", go: fewer },
  { name: "fewer-sixteen", query: "meeting&people=15&mixed", shows: "tile-spared", go: fewer },
  { name: "people", query: "meeting&people=7&mixed", shows: "people-list", go: click("control-people") },
  { name: "hearing", query: "meeting&people=7&mixed", shows: "hearing-table", go: hearing },
  { name: "chat", query: "meeting&people=3&chat=14", shows: "chat-messages", go: chat },
  { name: "chat-search", query: "meeting&people=3&chat=14", shows: "chat-search-words", go: chatSearch },
  { name: "hearing-sixteen", query: "meeting&people=15&mixed", shows: "hearing-table", go: hearing },
  { name: "person", query: "meeting&people=3", shows: "person-menu", go: first("tile-menu") },
  { name: "self", query: "meeting&people=3", shows: "own-menu", go: ownMenu },
  { name: "details", query: "meeting&people=3", shows: "details-quality", go: first("tile-details") },
  { name: "details-broken", query: "meeting&people=3&mixed", shows: "details-retry", go: second("tile-details") },
  { name: "layout", query: "meeting&people=3", shows: "layout-menu", go: layouts },
  { name: "more", query: "meeting&people=3&diagnostics", shows: "more-menu", go: click("control-more") },
  { name: "sound", query: "meeting&people=3", shows: "device-menu", go: click("caret-sound") },
  { name: "camera", query: "meeting&people=3", shows: "device-menu", go: click("caret-camera") },
  { name: "keys", query: "meeting&people=3&diagnostics", shows: "help", go: pressHelp },
  { name: "debug", query: "view=debug&meeting&people=5&mixed&diagnostics", shows: "charts", go: second("choose-peer") },
  { name: "debug-meeting", query: "view=debug&meeting&people=5&mixed&diagnostics", shows: "bounds" },
  { name: "debug-german", query: "view=debug&meeting&people=5&mixed&diagnostics&language=de", shows: "charts", go: second("choose-peer") },
];

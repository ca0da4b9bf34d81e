// @vitest-environment happy-dom
/** The chat: what a message consists of, the order, the panel, what is unread. */
import { flushSync, mount, tick, unmount } from "svelte";
import { afterEach, describe, expect, it, vi } from "vitest";

import AppWindow from "../src/AppWindow.svelte";
import { App } from "../src/lib/meeting/app.svelte";
import { withChanges } from "../src/lib/meeting/chat.svelte";
import { partsOf } from "../src/lib/meeting/chat-text";
import type { ChatMessage } from "../src/lib/wire/ChatMessage";
import { rejection, testBackend, type TestBackend } from "./backend";
import { click, find, maybe } from "./page";
import { meeting, preferences } from "./people";
import { forSeeds } from "./seeded";

vi.setConfig({ testTimeout: 60_000 });

function message(revision: number, change: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id: `1/-/${String(revision).padStart(4, "0")}`,
    clock: revision,
    participant: "1",
    name: "Bo",
    own: false,
    to: null,
    atMs: 0,
    text: `message ${revision}`,
    delivery: null,
    earlier: false,
    revision,
    ...change,
  };
}

describe("a message", () => {
  it("shows links, code and text, and nothing that is lost or added", () => {
    expect(partsOf("see https://example.org/a_(b)?c=d.")).toEqual([
      { kind: "text", text: "see " },
      { kind: "link", text: "https://example.org/a_(b)?c=d", url: "https://example.org/a_(b)?c=d" },
      { kind: "text", text: "." },
    ]);
    expect(partsOf("(https://example.org/x)")[1]).toMatchObject({ url: "https://example.org/x" });
    expect(partsOf("a `https://no.link` b")[1]).toEqual({ kind: "code", text: "https://no.link" });
    expect(partsOf("```rust\nlet a = `b`;\n```")).toEqual([{ kind: "block", text: "let a = `b`;" }]);
    for (const text of ["", "```", "`", "``` `a` https://", "javascript:alert(1)", "<b>https://a.example</b>"]) {
      expect(partsOf(text).every(({ kind }) => kind !== "block"), text).toBe(true);
      expect(partsOf(text).filter(({ kind }) => kind === "link").every((part) => part.text.startsWith("https://a."))).toBe(true);
    }
  });

  it("cannot hide what a link leads to", () => {
    const [link] = partsOf("https://example.org/\u202egpj.exe");
    expect(link).toMatchObject({ kind: "link", text: "https://example.org/gpj.exe" });
  });
});

describe("the order", () => {
  it("is the same whatever the order in which messages come", () => {
    const all = Array.from({ length: 40 }, (_, at) => message(at + 1, { clock: 1 + (at % 7), id: `${at % 3}/-/${at}` }));
    const expected = withChanges([], all).map(({ id }) => id);
    forSeeds(20, (random) => {
      const places = all.map((one) => ({ one, at: random.between(0, 1000) }));
      const mixed = places.sort((a, b) => a.at - b.at).map(({ one }) => one);
      let messages: ChatMessage[] = [];
      for (let at = 0; at < mixed.length; at += 3) messages = withChanges(messages, mixed.slice(at, at + 3));
      expect(messages.map(({ id }) => id)).toEqual(expected);
    });
  });

  it("changes nothing but what changed", () => {
    const before = [message(1), message(2)];
    const after = withChanges(before, [message(3, { id: before[0]!.id, clock: 1, delivery: "delivered" })]);
    expect(after).toHaveLength(2);
    expect(after[0]).toMatchObject({ delivery: "delivered" });
    expect(after[1]).toBe(before[1]);
  });
});

let mounted: Record<string, unknown> | null = null;

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.replaceChildren();
});

/** A core that has these messages. */
class Core {
  messages: ChatMessage[] = [];
  unread = 0;
  backend: TestBackend;

  constructor() {
    this.backend = testBackend({
      snapshot: () => Promise.resolve({ ...meeting("1", "2"), chat: this.standing }),
      preferences: () => Promise.resolve(preferences({ name: "Ada" })),
      chatSince: vi.fn((revision: number) => {
        const messages = this.messages.filter((one) => one.revision > revision).slice(0, 500);
        return Promise.resolve({ messages, standing: this.standing });
      }),
    });
  }

  get standing(): { revision: number; unread: number } {
    return { revision: this.messages.at(-1)?.revision ?? 0, unread: this.unread };
  }

  tell(...messages: ChatMessage[]): void {
    this.messages.push(...messages);
    this.unread += messages.filter(({ own }) => !own).length;
    this.backend.emit({ type: "chat", chat: this.standing });
  }
}

async function open(core: Core): Promise<App> {
  const app = new App(core.backend);
  await app.start();
  mounted = mount(AppWindow, { target: document.body, props: { app } });
  await settle();
  return app;
}

async function settle(): Promise<void> {
  for (let at = 0; at < 8; at += 1) await tick();
  flushSync();
}

const shown = (): (string | undefined)[] =>
  [...document.querySelectorAll("[data-testid=chat-message] p")].map((one) => one.textContent?.trim());

function type(text: string): void {
  const field = find<HTMLTextAreaElement>("chat-draft");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
}

function enter(change: KeyboardEventInit = {}): void {
  find("chat-draft").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...change }));
}

describe("the panel", () => {
  it("shows what is there, then what comes, and says what is unread while it is closed", async () => {
    const core = new Core();
    core.messages = Array.from({ length: 1200 }, (_, at) => message(at + 1, { earlier: true }));
    const app = await open(core);
    core.tell(message(1201));
    await settle();
    expect(find("control-chat").textContent).toContain("1 new message");
    expect(app.notes.said.at(-1)?.words).toBe("Bo wrote: message 1201");
    click("control-chat");
    await settle();
    expect(shown().at(-1)).toBe("message 1201");
    expect(shown()).toHaveLength(200);
    expect(core.backend.chatRead).toHaveBeenCalled();
    expect(find("control-chat").textContent).not.toContain("new message");
    click("chat-earlier");
    await settle();
    expect(shown()).toHaveLength(400);
  });

  it("sends with Enter, to everyone or to one, and keeps what was refused", async () => {
    const core = new Core();
    await open(core);
    click("control-chat");
    await settle();
    type("two");
    enter({ shiftKey: true });
    enter({ isComposing: true });
    expect(core.backend.chatWrite).not.toHaveBeenCalled();
    enter();
    expect(core.backend.chatWrite).toHaveBeenCalledWith(null, "two");
    const to = find<HTMLSelectElement>("chat-to");
    to.value = "2";
    to.dispatchEvent(new Event("change", { bubbles: true }));
    flushSync();
    core.backend.chatWrite = vi.fn(() => rejection("chat_full"));
    type("for you");
    enter();
    await settle();
    expect(core.backend.chatWrite).toHaveBeenCalledWith("2", "for you");
    expect(find<HTMLTextAreaElement>("chat-draft").value).toBe("for you");
    expect(document.body.textContent).toContain("as much as a meeting can hold");
  });

  it("shows markup as text, and opens a link only when it is pressed", async () => {
    const core = new Core();
    core.messages = [message(1, { text: "<img src=x onerror=alert(1)> https://example.org", name: "<b>Bo</b>" })];
    await open(core);
    click("control-chat");
    await settle();
    expect(document.querySelector("[data-testid=chat-message] img, [data-testid=chat-message] b")).toBeNull();
    expect(core.backend.openLink).not.toHaveBeenCalled();
    document.querySelector<HTMLElement>("[data-testid=chat-message] a")!.click();
    expect(core.backend.openLink).toHaveBeenCalledWith("https://example.org");
  });

  it("finds words, and typing a letter is no key of the meeting", async () => {
    const core = new Core();
    core.messages = [message(1, { text: "Apples" }), message(2, { text: "pears" })];
    const app = await open(core);
    click("control-chat");
    await settle();
    click("chat-search");
    const field = find<HTMLInputElement>("chat-search-words");
    field.value = "apple";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await settle();
    expect(shown()).toEqual(["Apples"]);
    find("chat-draft").dispatchEvent(new KeyboardEvent("keydown", { key: "m", bubbles: true, cancelable: true }));
    await settle();
    expect(core.backend.setMicrophone).not.toHaveBeenCalled();
    expect(app.meeting).not.toBeNull();
  });

  it("is empty in the next meeting", async () => {
    const core = new Core();
    core.messages = [message(1)];
    const app = await open(core);
    click("control-chat");
    await settle();
    type("unsent");
    core.backend.emit({ type: "ended", code: null });
    core.messages = [];
    core.unread = 0;
    core.backend.emit({ type: "snapshot", snapshot: { ...meeting("3"), chat: core.standing } });
    await settle();
    expect(app.chat.messages).toEqual([]);
    expect(app.chat.draft).toBe("");
    expect(maybe("chat-message")).toBeNull();
  });
});

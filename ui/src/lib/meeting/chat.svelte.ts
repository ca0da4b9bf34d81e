/**
 * The page's copy of the chat.
 *
 * The core tells that it changed, and the page reads what is new. So a page that was reloaded, or missed an event, comes
 * to have everything.
 */
import type { Backend } from "../backend/backend";
import type { ChatMessage } from "../wire/ChatMessage";
import type { ChatStanding } from "../wire/ChatStanding";
import type { MeetingEvent } from "../wire/MeetingEvent";

const NONE: ChatStanding = { revision: 0, unread: 0 };

/** The order in which everyone shows messages. */
export function compare(a: ChatMessage, b: ChatMessage): number {
  if (a.clock !== b.clock) return a.clock - b.clock;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The messages with these changes, in order. Most are new and belong to the end. Pure. */
export function withChanges(messages: readonly ChatMessage[], changes: readonly ChatMessage[]): ChatMessage[] {
  const changed = new Map(changes.map((one) => [one.id, one]));
  const kept = messages.map((one) => {
    const now = changed.get(one.id);
    changed.delete(one.id);
    return now ?? one;
  });
  const added = [...changed.values()].sort(compare);
  const last = kept.at(-1);
  const first = added[0];
  const all = [...kept, ...added];
  return last && first && compare(last, first) > 0 ? all.sort(compare) : all;
}

export class Chat {
  messages: ChatMessage[] = $state.raw([]);
  unread: number = $state(0);
  /** What is being written, so that closing the panel loses nothing. */
  draft: string = $state("");
  /** For whom; null for everyone. */
  to: string | null = $state(null);

  #backend: Backend;
  #told: (messages: ChatMessage[]) => void;
  #revision = 0;
  #wanted = 0;
  #reading = false;
  /** Grows with each meeting: an answer of an earlier one does not count. */
  #epoch = 0;

  /** `told` hears what others wrote just now. */
  constructor(backend: Backend, told: (messages: ChatMessage[]) => void) {
    this.#backend = backend;
    this.#told = told;
  }

  hear(event: MeetingEvent, entered: boolean): void {
    if (event.type === "ended" || entered) this.#clear();
    if (event.type === "snapshot") this.#take(event.snapshot.chat);
    if (event.type === "chat") this.#take(event.chat);
  }

  async write(text: string): Promise<void> {
    await this.#backend.chatWrite(this.to, text);
  }

  /** The person has seen everything. */
  async read(): Promise<void> {
    if (this.unread === 0) return;
    this.unread = 0;
    await this.#backend.chatRead().catch(() => undefined);
  }

  #clear(): void {
    this.#epoch += 1;
    this.#revision = 0;
    this.#wanted = 0;
    this.#reading = false;
    this.messages = [];
    this.draft = "";
    this.to = null;
    this.#take(NONE);
  }

  #take({ revision, unread }: ChatStanding): void {
    this.unread = unread;
    this.#wanted = Math.max(this.#wanted, revision);
    void this.#read();
  }

  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    const epoch = this.#epoch;
    try {
      while (epoch === this.#epoch && this.#revision < this.#wanted) {
        const { messages } = await this.#backend.chatSince(this.#revision);
        const last = messages.at(-1);
        if (epoch !== this.#epoch || !last) break;
        this.#revision = last.revision;
        this.messages = withChanges(this.messages, messages);
        const news = messages.filter((one) => !one.own && !one.earlier);
        if (news.length > 0) this.#told(news);
      }
    } catch {
      // The meeting is over, and an event says so. While it is not, the next change reads again.
    } finally {
      if (epoch === this.#epoch) this.#reading = false;
    }
  }
}

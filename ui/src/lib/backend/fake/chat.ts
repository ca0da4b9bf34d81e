/** The chat of the fake: what others wrote, and a delivery for each own message. */
import type { ChatChanges } from "../../wire/ChatChanges";
import type { ChatMessage } from "../../wire/ChatMessage";
import type { ChatStanding } from "../../wire/ChatStanding";
import type { MeetingSnapshot } from "../../wire/MeetingSnapshot";

/** How long an own message takes to reach everyone here. */
const DELIVERED_MS = 400;
const CHANGES = 500;

const WORDS = [
  "Good morning! The agenda is at https://example.org/agenda, please have a look.",
  "Thanks, that helps.",
  "The build fails here:\n```rust\nfn main() {\n    println!(\"hold fast\");\n}\n```\nDoes it work for you?",
  "Use `cargo xtask demo` first.",
  "I will be five minutes late.",
];

export class FakeChat {
  #messages: ChatMessage[] = [];
  #revision = 0;
  #unread = 0;
  #meeting: () => MeetingSnapshot | null;
  #tell: (chat: ChatStanding) => void;

  constructor(meeting: () => MeetingSnapshot | null, tell: (chat: ChatStanding) => void) {
    this.#meeting = meeting;
    this.#tell = tell;
  }

  get standing(): ChatStanding {
    return { revision: this.#revision, unread: this.#unread };
  }

  /** A meeting begins in which so much was written already. */
  begin(count: number): void {
    this.#messages = [];
    this.#revision = 0;
    this.#unread = 0;
    const people = this.#meeting()?.participants ?? [];
    for (let at = 0; at < count; at += 1) {
      const person = people[at % Math.max(people.length, 1)];
      if (!person) return;
      const own = at % 4 === 3;
      const me = this.#meeting()?.self ?? person;
      this.#add({
        participant: own ? me.id : person.id,
        name: own ? me.name : person.name,
        own,
        to: at % 9 === 8 ? (own ? person.id : me.id) : null,
        text: WORDS[at % WORDS.length] ?? "",
        delivery: own ? (at % 8 === 3 ? "delivered" : "sent") : null,
        earlier: at < count / 2,
        atMs: Date.now() - (count - at) * 40_000,
      });
    }
  }

  /** Someone writes to everyone. */
  hear(text: string): void {
    const person = this.#meeting()?.participants[0];
    if (!person) return;
    const { id: participant, name } = person;
    this.#add({ participant, name, own: false, to: null, text, delivery: null, earlier: false, atMs: Date.now() });
    this.#unread += 1;
    this.#tell(this.standing);
  }

  write(to: string | null, text: string): ChatMessage {
    const me = this.#meeting()?.self;
    if (!me) throw Object.assign(new Error("no meeting"), { code: "not_in_meeting", detail: {} });
    if (text.trim() === "") throw Object.assign(new Error("empty"), { code: "chat_empty", detail: {} });
    const message = this.#add({
      participant: me.id, name: me.name, own: true, to, text, delivery: "waiting", earlier: false, atMs: Date.now(),
    });
    this.#tell(this.standing);
    setTimeout(() => {
      this.#revision += 1;
      const at = this.#messages.findIndex(({ id }) => id === message.id);
      if (at < 0) return;
      this.#messages[at] = { ...message, delivery: "delivered", revision: this.#revision };
      this.#tell(this.standing);
    }, DELIVERED_MS);
    return message;
  }

  since(revision: number): ChatChanges {
    const changed = this.#messages.filter((one) => one.revision > revision).sort((a, b) => a.revision - b.revision);
    return { messages: changed.slice(0, CHANGES), standing: this.standing };
  }

  read(): void {
    this.#unread = 0;
    this.#tell(this.standing);
  }

  #add(written: Omit<ChatMessage, "id" | "clock" | "revision">): ChatMessage {
    this.#revision += 1;
    const clock = this.#messages.length + 1;
    const message = { ...written, id: `${written.participant}/-/${String(clock).padStart(16, "0")}`, clock, revision: this.#revision };
    this.#messages.push(message);
    return message;
  }
}

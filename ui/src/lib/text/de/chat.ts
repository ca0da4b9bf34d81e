/** The texts of the chat, in German. */
import type { Catalogue } from "../en";

export const chat: Catalogue["chat"] = {
  title: "Chat",
  you: "Ich",
  to: "An",
  everyone: "Alle",
  toOne: "nur an {name}",
  toYou: "nur an mich",
  someoneGone: "Jemand, der gegangen ist",
  placeholder: "Nachricht schreiben",
  send: "Senden",
  search: "Chat durchsuchen",
  save: "Als Textdatei speichern",
  saved: "Der Chat ist gespeichert: {path}",
  copy: "Nachricht kopieren",
  copied: "Kopiert.",
  earlier: "Frühere Nachrichten zeigen",
  youCame: "Ab hier dabei",
  empty: "Noch keine Nachrichten. Was hier geschrieben wird, erhalten alle in der Besprechung, auch wer später kommt.",
  nothingFound: "Nichts gefunden.",
  found: { one: "{count} Nachricht", other: "{count} Nachrichten" },
  unread: { one: "{count} neue Nachricht im Chat", other: "{count} neue Nachrichten im Chat" },
  delivery: {
    waiting: "Wartet: noch bei niemandem",
    sent: "Gesendet: noch nicht bei allen",
    delivered: "Zugestellt",
    not_delivered: "Nicht zugestellt: gegangen. Kommt an, falls sie zurückkehren.",
  },
};

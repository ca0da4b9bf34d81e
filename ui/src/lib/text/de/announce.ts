/** Was denen gesagt wird, die zuhören, auf Deutsch. */
import type { Catalogue } from "../en";

export const announce: Catalogue["announce"] = {
  entered: {
    one: "In der Besprechung, mit {count} weiteren Person.",
    other: "In der Besprechung, mit {count} weiteren Personen.",
  },
  entered_alone: "In der Besprechung. Noch ist sonst niemand da.",
  joined: "{name} ist da.",
  left: "{name} ist gegangen.",
  reconnecting: "Die Verbindung zu {name} ist abgerissen und wird wiederhergestellt.",
  reconnected: "{name} ist wieder verbunden.",
  failed: "Die Verbindung zu {name} ist gescheitert. Holdfast versucht es weiter.",
  retrying: "Neuer Versuch, {name} zu erreichen.",
  hand_raised: "{name} hebt die Hand.",
  muted_voice: "Das Mikrofon ist aus, niemand hört, was gerade gesprochen wird.",
  microphone_on: "Das Mikrofon ist an.",
  microphone_off: "Das Mikrofon ist aus.",
  camera_on: "Die Kamera ist an.",
  camera_off: "Die Kamera ist aus.",
  own_hand_raised: "Die Hand ist gehoben.",
  own_hand_lowered: "Die Hand ist gesenkt.",
  signaling_lost: "Der Server ist nicht erreichbar. Das Gespräch geht weiter.",
  signaling_back: "Der Server ist wieder da.",
  wrote: "{name} schreibt:",
  wroteToYou: "{name} schreibt privat:",
  zoom: "Zoom {percent} %",
};

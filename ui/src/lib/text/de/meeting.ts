/** Was in einer Besprechung zu lesen ist, auf Deutsch. */
import type { Catalogue } from "../en";

export const meeting: Catalogue["meeting"] = {
  title: "Besprechung {room}",
  untitled: "Besprechung",
  participants: "Teilnehmende",
  controls: "Bedienung",
  status: "Stand der Besprechung",
  you: "Ich",
  youNamed: "{name} (ich)",
  duration: "Dauer",
  people: { one: "{count} Person", other: "{count} Personen" },
  aloneTitle: "Noch ist sonst niemand hier",
  aloneText: "Diese Einladung öffnet allen die Tür, die sie bekommen.",
  invite: "Einladungslink",
  signalingLost: "Server nicht erreichbar. Das Gespräch geht weiter; die Verbindung wird wiederhergestellt …",
  signalingLostShort: "Server wird gesucht …",
};

export const control: Catalogue["control"] = {
  mute: "Stumm",
  muted: "Das Mikrofon ist aus",
  mutedKey: "schaltet es ein",
  unmute: "Ton an",
  stopCamera: "Kamera aus",
  startCamera: "Kamera an",
  raiseHand: "Hand heben",
  lowerHand: "Hand senken",
  copyInvite: "Einladung",
  leave: "Verlassen",
  dismiss: "Ausblenden",
};

export const tile: Catalogue["tile"] = {
  connecting: "Verbindet …",
  reconnecting: "Verbindet neu … ({seconds} s)",
  reconnectingAttempt: "Verbindet neu … (Versuch {attempt}, {seconds} s)",
  failed: "Keine Verbindung",
  failedHint: "Wird weiter versucht",
  retry: "Erneut",
  retryNamed: "Verbindung zu {name} erneut versuchen",
  retrying: "Neuer Versuch …",
  microphoneOn: "Mikrofon an",
  microphoneOff: "Mikrofon aus",
  cameraOff: "Kamera aus",
  handRaised: "Hand gehoben",
  spared: "Bild angehalten",
  sparedSpoken: "Bild auf diesem Computer angehalten",
  screenOf: "Bildschirm von {name}",
  unshowable: "Bild kann nicht gezeigt werden",
  unshowableSpoken: "Bild kann auf diesem Computer nicht gezeigt werden",
};

export const details: Catalogue["details"] = {
  title: "Verbindung zu {name}",
  connection: "Verbindung",
  waiting: "Noch nicht begonnen",
  connecting: "Verbindet seit {duration}",
  connected: "Verbunden seit {duration}",
  reconnecting: "Verbindet neu seit {duration}",
  failed: "Gescheitert; wird weiter versucht",
  state: "Eigener Stand",
  inSync: "Bekannt",
  tellingMuted: "{name} erfährt gerade, dass das Mikrofon stumm ist …",
  tellingOpen: "{name} erfährt gerade, dass das Mikrofon an ist …",
  toldLater: "Folgt, sobald verbunden",
  server: "Server",
  present: "Erreicht diese Person",
  absent: "Erreicht diese Person nicht; das Gespräch geht weiter",
};

export const sparing: Catalogue["sparing"] = {
  title: "Dieser Computer",
  busy: "Dieser Computer hat zu viel zu tun, um alle Bilder flüssig zu zeigen.",
  busyHint: "Der Ton wartet nicht auf Bilder. Es hilft, andere Programme zu schließen.",
  speaker: "Um diesen Computer zu schonen, ist nur zu sehen, wer spricht.",
  pinned: "Um diesen Computer zu schonen, ist nur {name} zu sehen.",
  stillBusy: "Er hat immer noch zu viel zu tun; es hilft, andere Programme zu schließen.",
  allShown: "Alle Bilder sind wieder zu sehen.",
  showFewer: "Weniger Bilder zeigen",
  showAll: "Alle Bilder zeigen",
};

export const toast: Catalogue["toast"] = {
  copied: "Einladung kopiert",
};

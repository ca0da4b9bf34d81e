/**
 * Jeder Satz, den jemand liest, auf Deutsch.
 *
 * Weder du noch Sie: Wer was tut, geht aus dem Satz hervor.
 */
import { announce } from "./de/announce";
import { chat } from "./de/chat";
import { debug } from "./de/debug";
import { device, home, lobby, mini } from "./de/entry";
import { errors, notices } from "./de/errors";
import { control, details, meeting, sparing, tile, toast } from "./de/meeting";
import { settings } from "./de/settings";
import { bar, devices, hearing, help, layout, people, person, quality } from "./de/stage";
import type { Catalogue } from "./en";

export const de: Catalogue = {
  app: {
    name: "Holdfast",
    outside: "Diese Seite gehört zur App Holdfast und geht nur darin.",
  },
  home,
  lobby,
  device,
  mini,
  settings,
  meeting,
  control,
  tile,
  details,
  toast,
  sparing,
  layout,
  person,
  quality,
  people,
  chat,
  hearing,
  devices,
  bar,
  help,
  announce,
  debug,
  notices,
  errors,
  unknownError: "Etwas ging schief ({code}). Bitte noch einmal versuchen; bleibt es dabei, Holdfast aktualisieren.",
};

/**
 * Every sentence a person reads, in English. Another language is a file and a folder of the same shape.
 *
 * `{name}` stands for a value; a pair of `one` and `other` is chosen by a number.
 */
import { announce } from "./en/announce";
import { chat } from "./en/chat";
import { debug } from "./en/debug";
import { device, home, lobby, mini } from "./en/entry";
import { errors, notices } from "./en/errors";
import { control, details, meeting, sparing, tile, toast } from "./en/meeting";
import { settings } from "./en/settings";
import { bar, devices, hearing, help, layout, people, person, quality } from "./en/stage";

export const en = {
  app: {
    name: "Holdfast",
    outside: "This page belongs to the Holdfast app and works only inside it.",
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
  /** For a code without a sentence in this version. */
  unknownError: "Something went wrong ({code}). Try again; if it stays, update Holdfast.",
};

/** The shape every language has. */
export type Catalogue = Shape<typeof en>;
type Shape<T> = { [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };

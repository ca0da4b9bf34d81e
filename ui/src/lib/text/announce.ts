/** The sentence for a change, for screen readers. */
import type { Change } from "../meeting/changes";
import { cleanName } from "../names";
import { fill, plural, text } from "./catalogue";

export function announcement(change: Change): string {
  switch (change.kind) {
    case "entered":
      return change.others === 0 ? text.announce.entered_alone : plural(text.announce.entered, change.others);
    case "joined":
    case "left":
    case "reconnecting":
    case "reconnected":
    case "failed":
    case "hand_raised":
      return fill(text.announce[change.kind], { name: cleanName(change.name) });
    default:
      return text.announce[change.kind];
  }
}

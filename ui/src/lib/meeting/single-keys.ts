/** Whether keys without Control do something (WCAG 2.1.4). Chosen in the main window; it holds for every window. */
import { keep, kept } from "../kept";

const NAME = "holdfast.single-keys";

export function singleKeys(): boolean {
  return kept(NAME) !== "off";
}

export function keepSingleKeys(on: boolean): void {
  keep(NAME, on ? "on" : "off");
}

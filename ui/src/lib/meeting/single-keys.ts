/** Whether keys without Control do something (WCAG 2.1.4). Chosen in the main window; applies to every window. */
import { readLocal, writeLocal } from "../local-storage";

const NAME = "holdfast.single-keys";

export function singleKeys(): boolean {
  return readLocal(NAME) !== "off";
}

export function keepSingleKeys(on: boolean): void {
  writeLocal(NAME, on ? "on" : "off");
}

/** Reads and uses a mounted page. */
import { flushSync } from "svelte";

export function maybe<T extends HTMLElement>(id: string): T | null {
  return document.querySelector<T>(`[data-testid="${id}"]`);
}

export function find<T extends HTMLElement>(id: string): T {
  const element = maybe<T>(id);
  if (!element) throw new Error(`no ${id}`);
  return element;
}

export function click(id: string): void {
  find(id).click();
  flushSync();
}

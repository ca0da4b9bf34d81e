/** The time, once per second, as long as the screen shows it somewhere. */
import { createSubscriber } from "svelte/reactivity";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** Milliseconds of Unix time. */
export function now(): number {
  subscribe();
  return Date.now();
}

/** A theater for as long as a component is there. */
import type { FrameSource } from "../backend/backend";
import { Theater, bestFormat, type TheaterEvents } from "./theater";

/** `events` are told that a theater that is gone has no trouble any more. */
export function useTheater(
  source: () => FrameSource,
  events: TheaterEvents | null = null,
): { readonly current: Theater | null } {
  let theater: Theater | null = $state.raw(null);

  $effect(() => {
    const from = source();
    let opened: Theater | null = null;
    let gone = false;
    void bestFormat().then((format) => {
      if (gone) return;
      opened = new Theater(from, format, events);
      theater = opened;
    });
    return () => {
      gone = true;
      opened?.close();
      events?.overloaded(false);
      theater = null;
    };
  });

  return {
    get current() {
      return theater;
    },
  };
}

/** A theater for as long as a component is there. */
import type { FrameSource } from "../backend/backend";
import { Theater, bestFormat } from "./theater";

export function useTheater(source: () => FrameSource): { readonly current: Theater | null } {
  let theater: Theater | null = $state.raw(null);

  $effect(() => {
    const from = source();
    let opened: Theater | null = null;
    let gone = false;
    void bestFormat().then((format) => {
      if (gone) return;
      opened = new Theater(from, format);
      theater = opened;
    });
    return () => {
      gone = true;
      opened?.close();
      theater = null;
    };
  });

  return {
    get current() {
      return theater;
    },
  };
}

/** A renderer that lives as long as its component. */
import type { FrameSource } from "../backend/backend";
import { FrameRenderer, bestFormat, type RendererEvents } from "./renderer";

/** When the renderer goes, `events` hear that its trouble is over. */
export function useRenderer(
  source: () => FrameSource,
  events: RendererEvents | null = null,
): { readonly current: FrameRenderer | null } {
  let renderer: FrameRenderer | null = $state.raw(null);

  $effect(() => {
    const from = source();
    let opened: FrameRenderer | null = null;
    let gone = false;
    void bestFormat().then((format) => {
      if (gone) return;
      opened = new FrameRenderer(from, format, events);
      renderer = opened;
    });
    return () => {
      gone = true;
      opened?.close();
      events?.overloaded(false);
      renderer = null;
    };
  });

  return {
    get current() {
      return renderer;
    },
  };
}

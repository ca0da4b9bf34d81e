/**
 * Lets a person move something with the pointer, and tells where they dropped it. A press without movement does not
 * count.
 */

/** In pixels. A smaller movement is only an unsteady hand. */
const SLACK = 6;

export interface Dragged {
  x: number;
  y: number;
}

export interface DragEvents {
  moved(by: Dragged): void;
  dropped(by: Dragged): void;
}

/** Call it for a press. Returns a function that undoes it. */
export function drag(press: PointerEvent, events: DragEvents): void {
  // The buttons on it must still work.
  if (press.button !== 0 || !(press.target instanceof Element) || press.target.closest("button")) return;
  const element = press.currentTarget as HTMLElement;
  let far = false;
  const by = (event: PointerEvent): Dragged => ({ x: event.clientX - press.clientX, y: event.clientY - press.clientY });

  function moved(event: PointerEvent): void {
    const { x, y } = by(event);
    far ||= Math.hypot(x, y) > SLACK;
    if (far) events.moved({ x, y });
  }

  function ended(event: PointerEvent): void {
    element.removeEventListener("pointermove", moved);
    element.removeEventListener("pointerup", ended);
    element.removeEventListener("pointercancel", ended);
    if (far) events.dropped(event.type === "pointerup" ? by(event) : { x: 0, y: 0 });
  }

  element.setPointerCapture(press.pointerId);
  element.addEventListener("pointermove", moved);
  element.addEventListener("pointerup", ended);
  element.addEventListener("pointercancel", ended);
}

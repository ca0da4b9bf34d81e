/** Where the own picture floats, and how it moves from corner to corner. Pure. */
import type { Corner } from "../wire/Corner";
import type { Rect } from "./grid";

/** The part of the large picture's width that the own picture takes, with bounds in pixels. */
const PART = 0.24;
const LEAST = 112;
const MOST = 256;
const SHAPE = 16 / 9;
/** Distance to the edges of the large picture. The name at the bottom left and the menu at the top right stay free. */
const INSET = 12;
const CLEARANCE = 48;
/** In a smaller picture than this, the own picture would hide too much. */
export const ROOM = { width: 320, height: 176 };

export function hasRoom({ width, height }: Rect): boolean {
  return width >= ROOM.width && height >= ROOM.height;
}

export function floating(over: Rect, corner: Corner): Rect {
  const width = Math.round(Math.min(MOST, Math.max(LEAST, over.width * PART)));
  const height = Math.round(width / SHAPE);
  const left = corner === "topLeft" || corner === "bottomLeft";
  const top = corner === "topLeft" || corner === "topRight";
  const y = corner === "bottomRight" ? INSET : CLEARANCE;
  return {
    x: left ? over.x + INSET : over.x + over.width - INSET - width,
    y: top ? over.y + y : over.y + over.height - y - height,
    width,
    height,
  };
}

/** The corner nearest to where the picture was dropped. */
export function nearestCorner(over: Rect, dropped: Rect): Corner {
  const left = dropped.x + dropped.width / 2 < over.x + over.width / 2;
  const top = dropped.y + dropped.height / 2 < over.y + over.height / 2;
  return top ? (left ? "topLeft" : "topRight") : left ? "bottomLeft" : "bottomRight";
}

/** An arrow key goes to the corner in its direction. */
export function cornerByKey(corner: Corner, key: string): Corner | null {
  const left = corner === "topLeft" || corner === "bottomLeft";
  const top = corner === "topLeft" || corner === "topRight";
  switch (key) {
    case "ArrowLeft":
      return top ? "topLeft" : "bottomLeft";
    case "ArrowRight":
      return top ? "topRight" : "bottomRight";
    case "ArrowUp":
      return left ? "topLeft" : "topRight";
    case "ArrowDown":
      return left ? "bottomLeft" : "bottomRight";
    default:
      return null;
  }
}

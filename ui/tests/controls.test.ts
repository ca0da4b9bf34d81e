import { describe, expect, it } from "vitest";

import { share } from "../src/lib/meeting/controls";

describe("the bar", () => {
  it("has every control exactly once, in the bar or in its menu, at every width", () => {
    for (let width = 320; width <= 2560; width += 1) {
      for (const diagnostics of [false, true]) {
        const { shown, menu } = share(width, diagnostics);
        const all = ["people", "hand", "chat", "layout", "settings", "fullScreen", "mini", ...(diagnostics ? ["debug"] : [])];
        expect([...shown, ...menu], `${width}`).toEqual(all);
      }
    }
  });

  it("has hand and people in the smallest window, and everything in a usual one", () => {
    expect([...share(480, false).shown]).toEqual(["people", "hand"]);
    expect(share(480, false)).toMatchObject({ compact: true, tight: true, menu: ["chat", "layout", "settings", "fullScreen", "mini"] });
    expect([...share(800, false).shown]).toContain("layout");
    expect(share(1280, true)).toMatchObject({ compact: false, menu: [] });
  });
});

import { describe, expect, it } from "vitest";

import { cleanName, initials, nameFault, tone, TONES } from "../src/lib/names";

describe("a name from outside", () => {
  it("keeps what people are called and loses what disturbs", () => {
    expect(cleanName("  Ada   Lovelace ")).toBe("Ada Lovelace");
    expect(cleanName("نور الدين")).toBe("نور الدين");
    expect(cleanName("a\u202Egnp.exe")).toBe("a gnp.exe");
    expect(cleanName("two\nlines\u0000")).toBe("two lines");
    expect(cleanName("\u200B\u2066 ")).toBe("");
    expect(cleanName("<b>Ada</b>")).toBe("<b>Ada</b>");
  });

  it("is cut without splitting a character, however long", () => {
    expect([...cleanName("😀".repeat(10_000_000))]).toHaveLength(64);
  });

  it("gives initials", () => {
    expect(initials("Ada Lovelace")).toBe("AL");
    expect(initials("Edsger W. Dijkstra")).toBe("ED");
    expect(initials("tim")).toBe("T");
    expect(initials("李 小龍")).toBe("李小");
    expect(initials("(Dr.) Zoë")).toBe("DZ");
    expect(initials("")).toBe("");
  });

  it("is required and bounded", () => {
    expect(nameFault("Ada")).toBeNull();
    expect(nameFault(" \u200B ")).toBe("name_empty");
    expect(nameFault("x".repeat(64))).toBeNull();
    expect(nameFault("x".repeat(65))).toBe("name_too_long");
  });
});

describe("the colour of an avatar", () => {
  it("is one of a few and stays the same", () => {
    for (const id of ["00000000000000aa", "ffffffffffffffff", ""]) {
      expect(tone(id)).toBe(tone(id));
      expect(tone(id)).toBeGreaterThanOrEqual(0);
      expect(tone(id)).toBeLessThan(TONES);
    }
  });
});

import { describe, expect, it } from "vitest";

import { catalogues, fill, pickLanguage, plural, sentence, text } from "../src/lib/text/catalogue";
import { en } from "../src/lib/text/en";

/** Every code a person may meet: what the core, the protocol and the page itself can answer with. */
const CODES = [
  "name_empty", "name_too_long", "link_empty", "link_not_invite", "link_incomplete", "copy_failed",
  "invalid_name", "unreachable", "wrong_secret", "room_full", "id_taken", "unsupported_version", "malformed",
  "unknown_type", "frame_too_large", "rate_limited", "not_joined", "unknown_participant", "server_closing",
  "camera_unavailable", "microphone_unavailable", "speaker_unavailable", "video_file_invalid", "audio_file_invalid",
  "queue_overflow", "ended", "internal",
];

function leaves(value: object, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, child] of Object.entries(value)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (typeof child === "string") found.set(at, child);
    else for (const [name, leaf] of leaves(child as object, at)) found.set(name, leaf);
  }
  return found;
}

const placeholders = (words: string): string[] => (words.match(/\{\w+\}/g) ?? []).sort();

describe("every catalogue", () => {
  it("says everything English says, with the same values", () => {
    const english = leaves(en);
    for (const [language, catalogue] of Object.entries(catalogues)) {
      const other = leaves(catalogue);
      expect([...other.keys()].sort(), language).toEqual([...english.keys()].sort());
      for (const [key, words] of other) {
        expect(words.trim(), `${language} ${key}`).not.toBe("");
        expect(placeholders(words), `${language} ${key}`).toEqual(placeholders(english.get(key)!));
      }
    }
  });

  it("has a whole sentence for every code", () => {
    for (const catalogue of Object.values(catalogues)) {
      for (const code of CODES) {
        const words = sentence(code, catalogue);
        expect(words, code).not.toBe(fill(catalogue.unknownError, { code }));
        expect(words, code).toMatch(/\.$/);
      }
      for (const [code, words] of Object.entries({ ...catalogue.errors, ...catalogue.notices })) {
        expect(words, code).toMatch(/\.$/);
      }
    }
  });
});

describe("a sentence", () => {
  it("names a code nobody has foreseen instead of hiding it", () => {
    expect(sentence("flux_capacitor")).toContain("flux_capacitor");
    expect(sentence("toString")).toContain("toString");
  });

  it("takes values and numbers", () => {
    expect(fill("{name} joined.", { name: "{x} $& Ada" })).toBe("{x} $& Ada joined.");
    expect(fill("{name}", {})).toBe("{name}");
    expect(plural(text.meeting.people, 1)).toBe("1 person");
    expect(plural(text.meeting.people, 16)).toBe("16 people");
  });
});

describe("the language", () => {
  it("is the first wanted one that exists", () => {
    expect(pickLanguage(["xx", "en-GB"])).toBe("en");
    expect(pickLanguage(["constructor"])).toBe("en");
    expect(pickLanguage([])).toBe("en");
  });
});

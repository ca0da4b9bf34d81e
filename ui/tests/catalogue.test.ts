import { describe, expect, it } from "vitest";

import { catalogues, fill, pickLanguage, plural, sentence, text } from "../src/lib/text/catalogue";
import { en } from "../src/lib/text/en";

/** Every code that a person may see, by the part that answers with it. */
const CODES = `
  page: name_empty name_too_long link_empty link_not_invite link_incomplete copy_failed
  app: not_in_meeting already_in_meeting cancelled clipboard_unavailable frame_socket_unavailable
    preferences_not_saved diagnostics_off fault_out_of_range export_failed no_last_call last_call_unreadable no_recent_meeting link_in_meeting internal
  settings: preference_invalid shortcut_invalid shortcut_twice shortcut_taken shortcut_unavailable talk_key_held ice_url
    ice_credentials ice_too_many ice_unreachable ice_certificate ice_refused signaling_server autostart_failed preferences_reset
    shortcut_needs_modifier camera_gone microphone_gone speaker_gone
  name: name_empty name_too_long name_control_character
  link: link_empty link_too_long link_scheme link_action link_server_missing link_host link_port_missing link_port
    link_room_missing link_room link_option link_secret_missing link_secret_encoding link_secret_length
  meeting: ended no_thread
  protocol: unsupported_version malformed unknown_type frame_too_large wrong_secret room_full id_taken rate_limited
    not_joined already_joined unknown_participant timed_out too_slow replaced server_full server_closing unknown
  signaling: unreachable tls_failed not_a_signaling_server left seal_too_large seal_malformed seal_exhausted
  hosting: server_address_in_use server_listen server_certificate server_key server_tls server_failed
  notices: camera_unavailable microphone_unavailable speaker_unavailable video_file_invalid audio_file_invalid
    queue_overflow
  sound: no_microphone no_speaker microphone_denied speaker_denied microphone_lost speaker_lost audio_file_not_found
    audio_file_unreadable audio_file_corrupt audio_file_unsupported audio_file_unwritable audio_codec
  video: no_camera camera_not_found camera_busy camera_denied camera_format camera_lost camera_stalled camera_failed
    video_file_missing video_file_unreadable video_file_format video_file_corrupt
`
  .split(/\s+/)
  .filter((word) => word !== "" && !word.endsWith(":"));

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
  it("names an unknown code instead of hiding it", () => {
    expect(sentence("flux_capacitor")).toContain("flux_capacitor");
    expect(sentence("toString")).toContain("toString");
  });

  it("takes values and numbers", () => {
    expect(fill("{name} joined.", { name: "{x} $& Ada" })).toBe("{x} $& Ada joined.");
    expect(fill("{name}", {})).toBe("{name}");
    expect(plural(text.meeting.people, 1)).toBe("1 person");
    expect(plural(text.meeting.people, 16)).toBe("16 people");
    expect(plural(text.debug.lostTimes, 1)).toBe("connection lost once so far");
    expect(plural(text.debug.lostTimes, 3)).toBe("connection lost 3 times so far");
  });
});

describe("the language", () => {
  it("is the first wanted one that exists", () => {
    expect(pickLanguage(["xx", "en-GB"])).toBe("en");
    expect(pickLanguage(["constructor"])).toBe("en");
    expect(pickLanguage([])).toBe("en");
  });
});

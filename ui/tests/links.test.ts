import { describe, expect, it } from "vitest";

import { findInvite, inviteFault, roomOf } from "../src/lib/links";

const link = "holdfast://join/192.168.1.20:41873/quiet-harbour#q0m3Zk5Yv7c1d9rT2xWb8LhJfGsN6aPuEoViRy4KtMw";

describe("finding an invite", () => {
  it("finds it alone, in a sentence, in brackets and in a message of several lines", () => {
    expect(findInvite(link)).toBe(link);
    expect(findInvite(`Join us at ${link}, we start at ten.`)).toBe(link);
    expect(findInvite(`(${link})`)).toBe(link);
    expect(findInvite(`<${link}>`)).toBe(link);
    expect(findInvite(`Hello\n\n${link}\nBye`)).toBe(link);
    expect(findInvite(link.replace("harbour#", "harbour?tls=1#"))).toContain("?tls=1#");
  });

  it("does not find one in other text", () => {
    expect(findInvite("https://example.org/join/room#secret")).toBeNull();
    expect(findInvite("holdfast is a fine word")).toBeNull();
    expect(findInvite("")).toBeNull();
    expect(findInvite(`${"x".repeat(70_000)} ${link}`)).toBeNull();
  });
});

describe("what is wrong with an invite", () => {
  it("is said before the core is asked", () => {
    expect(inviteFault("  ")).toBe("link_empty");
    expect(inviteFault("meet.example.org/abc")).toBe("link_not_invite");
    expect(inviteFault(link.split("#")[0]!)).toBe("link_incomplete");
    expect(inviteFault(`${link.split("#")[0]!}#`)).toBe("link_incomplete");
    expect(inviteFault(` ${link} `)).toBeNull();
  });
});

describe("the room of an invite", () => {
  it("is its name and never its secret", () => {
    expect(roomOf(link)).toBe("quiet-harbour");
    expect(roomOf(link.replace("harbour#", "harbour?tls=1#"))).toBe("quiet-harbour");
    expect(roomOf("holdfast://join/host:1")).toBe("");
    expect(roomOf("")).toBe("");
  });
});

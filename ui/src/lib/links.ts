/**
 * Finds an invite in text that someone pasted, and says early what is wrong with it.
 *
 * The core decides whether a link is valid. This only helps a person before the core is asked.
 */

const INVITE = /holdfast:\/\/join\/[^\s<>"'`]+/i;
/** Punctuation that belongs to the sentence around the link. */
const TRAILING = /[.,;:!?)\]}>]+$/;
/** A longer text is something else, so it is not searched. */
const MAX_TEXT = 64 * 1024;

export function findInvite(text: string): string | null {
  if (text.length > MAX_TEXT) return null;
  const found = INVITE.exec(text)?.[0].replace(TRAILING, "");
  return found ?? null;
}

export type InviteFault = "link_empty" | "link_not_invite" | "link_incomplete";

export function inviteFault(text: string): InviteFault | null {
  const trimmed = text.trim();
  if (trimmed === "") return "link_empty";
  const invite = findInvite(trimmed);
  if (!invite) return "link_not_invite";
  const [, secret = ""] = invite.split("#", 2);
  return secret === "" ? "link_incomplete" : null;
}

/** The room's name from an invite, as a name for the meeting; never the secret. */
export function roomOf(invite: string): string {
  const path = (invite.split("#", 1)[0] ?? "").split("?", 1)[0] ?? "";
  const parts = path.split("/").filter((part) => part !== "");
  return parts.length >= 4 ? (parts.at(-1) ?? "") : "";
}

/**
 * Finds an invite in text someone pasted, and says early what is wrong with it.
 *
 * Whether a link is valid is decided by the core; here is only what helps a person before asking it.
 */

const INVITE = /holdfast:\/\/join\/[^\s<>"'`]+/i;
/** Punctuation that belongs to the sentence around the link. */
const TRAILING = /[.,;:!?)\]}>]+$/;
/** Text longer than this holds something else; it is not searched. */
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

/** The room's name out of an invite, to call the meeting something; never the secret. */
export function roomOf(invite: string): string {
  const path = (invite.split("#", 1)[0] ?? "").split("?", 1)[0] ?? "";
  const parts = path.split("/").filter((part) => part !== "");
  return parts.length >= 4 ? (parts.at(-1) ?? "") : "";
}

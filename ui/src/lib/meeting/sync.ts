/** Who does not have our newest media state, and since when. Pure. */
import type { MeetingSnapshot } from "../wire/MeetingSnapshot";

/** By participant: milliseconds of Unix time. Only people we are connected to; the others already have a badge. */
export type Behind = ReadonlyMap<string, number>;

/**
 * A state is usually acknowledged within a round trip. A sign that comes and goes with each press would only worry
 * people.
 */
export const PATIENCE_MS = 2000;

export const NOBODY: Behind = new Map();

export function behind(before: Behind, meeting: MeetingSnapshot | null, nowMs: number): Behind {
  if (!meeting) return NOBODY;
  const { revision } = meeting.self.media;
  const found = new Map<string, number>();
  for (const { id, state, acknowledgedRevision } of meeting.participants) {
    if (state === "connected" && acknowledgedRevision < revision) found.set(id, before.get(id) ?? nowMs);
  }
  const same = found.size === before.size && [...found.keys()].every((id) => before.has(id));
  return same ? before : found;
}

/** Whether it took long enough to tell the person. */
export function isLate(sinceMs: number | undefined, nowMs: number): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= PATIENCE_MS;
}

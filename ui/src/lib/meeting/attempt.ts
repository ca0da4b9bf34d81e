/** Which attempt to reconnect is running, where the core says so. Pure. */
import type { ParticipantView } from "../wire/ParticipantView";

export function attemptOf(participant: ParticipantView): number | null {
  const { attempt } = participant as ParticipantView & { attempt?: unknown };
  return typeof attempt === "number" && attempt > 0 ? attempt : null;
}

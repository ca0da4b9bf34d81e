/** Raised hands, in the order in which they were raised. Pure. */
import type { ParticipantView } from "../wire/ParticipantView";

/** The number of each raised hand, from 1. Hands with an unknown time come last, in the given order. */
export function handOrder(people: readonly ParticipantView[]): ReadonlyMap<string, number> {
  const raised = people.filter(({ media }) => media.hand);
  const since = ({ handSinceMs }: ParticipantView): number => handSinceMs ?? Infinity;
  // Without this case, equal times would give NaN, and the order would depend on the engine.
  raised.sort((a, b) => (since(a) === since(b) ? 0 : since(a) < since(b) ? -1 : 1));
  return new Map(raised.map(({ id }, index) => [id, index + 1]));
}

/** Raised hands first, in their order; then ourselves; then the others in the order they came. */
export function listed(self: ParticipantView, others: readonly ParticipantView[]): ParticipantView[] {
  const people = [self, ...others];
  const order = handOrder(people);
  const rank = ({ id }: ParticipantView): number => order.get(id) ?? Number.MAX_SAFE_INTEGER;
  return people.sort((a, b) => rank(a) - rank(b));
}

/** Raised hands, in the order they went up. Pure. */
import type { ParticipantView } from "../wire/ParticipantView";

/** The number of each raised hand, from 1. Whose time is unknown comes last, in the order given. */
export function handOrder(people: readonly ParticipantView[]): ReadonlyMap<string, number> {
  const raised = people.filter(({ media }) => media.hand);
  const since = ({ handSinceMs }: ParticipantView): number => handSinceMs ?? Infinity;
  // Equal times must not fall back to NaN, which would make the order depend on the engine.
  raised.sort((a, b) => (since(a) === since(b) ? 0 : since(a) < since(b) ? -1 : 1));
  return new Map(raised.map(({ id }, index) => [id, index + 1]));
}

/** Raised hands first, in their order; then oneself; then the others as they came. */
export function listed(self: ParticipantView, others: readonly ParticipantView[]): ParticipantView[] {
  const people = [self, ...others];
  const order = handOrder(people);
  const rank = ({ id }: ParticipantView): number => order.get(id) ?? Number.MAX_SAFE_INTEGER;
  return people.sort((a, b) => rank(a) - rank(b));
}

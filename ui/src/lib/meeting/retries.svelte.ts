/** Connections that the person asked to try again, until we hear something of them. */
import type { ParticipantView } from "../wire/ParticipantView";

/**
 * The core answers a retry with a new state within moments. If it does not, because nothing changed, the button must
 * become usable again. This is longer than a whole attempt takes.
 */
export const RETRY_MS = 15_000;

interface Retry {
  /** The state of the connection when the person asked. */
  stand: string;
  timer: ReturnType<typeof setTimeout>;
}

function stand({ state, stateSinceMs, attempt }: ParticipantView): string {
  return `${state} ${stateSinceMs} ${attempt}`;
}

export class Retries {
  #running: ReadonlyMap<string, Retry> = $state.raw(new Map());

  has(participant: ParticipantView): boolean {
    return this.#running.get(participant.id)?.stand === stand(participant);
  }

  begin(participant: ParticipantView): void {
    const { id } = participant;
    this.end(id);
    const timer = setTimeout(() => this.end(id), RETRY_MS);
    this.#running = new Map(this.#running).set(id, { stand: stand(participant), timer });
  }

  end(id: string): void {
    const retry = this.#running.get(id);
    if (!retry) return;
    clearTimeout(retry.timer);
    const rest = new Map(this.#running);
    rest.delete(id);
    this.#running = rest;
  }

  /** Ends the retries of connections that have another state now, and of people who left. */
  forget(people: readonly ParticipantView[]): void {
    for (const id of this.#running.keys()) {
      const participant = people.find((one) => one.id === id);
      if (!participant || !this.has(participant)) this.end(id);
    }
  }
}

/** Random cases that can be repeated: every failure message contains the seed. */

export interface Chance {
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
}

/** mulberry32: small, and good enough to vary cases. */
function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return { between, pick: (from) => from[between(0, from.length - 1)]! };
}

/** Set `SEED` to repeat one case. */
function seeds(count: number): number[] {
  const wanted = process.env["SEED"];
  return wanted === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(wanted)];
}

function named(seed: number, reason: unknown): unknown {
  if (reason instanceof Error) reason.message = `SEED=${seed}: ${reason.message}`;
  return reason;
}

export function forSeeds(count: number, property: (chance: Chance) => void): void {
  for (const seed of seeds(count)) {
    try {
      property(chance(seed));
    } catch (reason) {
      throw named(seed, reason);
    }
  }
}

/** The same for properties that are asynchronous. */
export async function forSeedsInTurn(count: number, property: (chance: Chance) => Promise<void>): Promise<void> {
  for (const seed of seeds(count)) {
    await property(chance(seed)).catch((reason: unknown) => {
      throw named(seed, reason);
    });
  }
}

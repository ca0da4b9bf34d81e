/** What the charts show: the last two minutes, sampled by this page while it is visible. Pure. */
import type { PeerStats } from "../lib/wire/PeerStats";
import type { RemoteDiagnostics } from "../lib/wire/RemoteDiagnostics";

/** How far back the charts reach. */
export const SPAN_MS = 120_000;
/** Two samples a second, with room to spare. Beyond this, the oldest go. */
const KEPT = 300;

/** One reading of one connection. */
export interface Sample {
  atMs: number;
  kbpsIn: number;
  kbpsOut: number;
  rttMs: number | null;
  /** Shares of 100. */
  lossIn: number | null;
  lossOut: number | null;
  jitterMs: number | null;
  /** Complete pictures received in a second; null before two readings. */
  frames: number | null;
}

/** Frames are counted as they come, numbers once a second, so a rate over a shorter time would jump. */
const RATE_MS = 1000;

interface Counted {
  atMs: number;
  frames: number;
}

/** The samples of one connection, oldest first. */
export class Samples {
  #samples: Sample[] = [];
  #counted: Counted[] = [];

  add(remote: Pick<RemoteDiagnostics, "stats" | "connections">, atMs: number): void {
    const { stats, connections } = remote;
    const counted = { atMs, frames: pictures(stats) };
    this.#counted = [...this.#counted.filter((one) => one.atMs > atMs - 2 * RATE_MS && one.atMs < atMs), counted];
    const then = this.#counted.find((one) => one.atMs <= atMs - RATE_MS) ?? this.#counted[0];
    const jitter = connections[0]?.audioJitterMs ?? connections[0]?.videoJitterMs ?? null;
    const sample: Sample = {
      atMs,
      kbpsIn: stats.kbpsIn,
      kbpsOut: stats.kbpsOut,
      rttMs: stats.rttMs,
      lossIn: percent(stats.lossIn),
      lossOut: percent(stats.lossOut),
      jitterMs: jitter,
      frames:
        then && then.atMs < atMs ? (Math.max(0, counted.frames - then.frames) * 1000) / (atMs - then.atMs) : null,
    };
    this.#samples = [...this.#samples.filter((one) => one.atMs > atMs - SPAN_MS), sample].slice(-KEPT);
  }

  get all(): readonly Sample[] {
    return this.#samples;
  }
}

/** Pictures received so far, of all sources. */
function pictures(stats: PeerStats): number {
  return stats.sources
    .filter(({ source }) => source === "camera" || source === "screen")
    .reduce((sum, { received }) => sum + received, 0);
}

function percent(share: number | null): number | null {
  return share === null ? null : share * 100;
}

/** A point of a line. A missing point interrupts the line. */
export interface Point {
  x: number;
  y: number;
}

/** An axis may end at 1, 2 or 5 times a power of ten. */
export function niceMax(highest: number, least: number): number {
  const wanted = Math.max(highest, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((step) => step * power).find((end) => end >= wanted - 1e-9) ?? wanted;
}

/** Lines of a chart of unit size: x from 0 (two minutes ago) to 1 (now), y from 0 (bottom) to 1 (`max`). */
export function lines(
  samples: readonly Sample[],
  read: (sample: Sample) => number | null,
  max: number,
  nowMs: number,
): Point[][] {
  const found: Point[][] = [];
  let current: Point[] = [];
  for (const sample of samples) {
    const value = read(sample);
    if (value === null) {
      if (current.length > 0) found.push(current);
      current = [];
      continue;
    }
    const x = 1 - (nowMs - sample.atMs) / SPAN_MS;
    if (x >= 0) current.push({ x: Math.min(1, x), y: Math.min(1, Math.max(0, value / max)) });
  }
  if (current.length > 0) found.push(current);
  return found;
}

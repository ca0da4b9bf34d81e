/** The numbers of a connection as a person reads them. Pure. */
import { fill, language, text } from "../text/catalogue";
import type { Quality } from "../wire/Quality";

export function milliseconds(value: number | null): string {
  return value === null ? text.quality.none : fill(text.quality.ms, { value: number(value) });
}

/** A share of 0 to 1; less than a thousandth counts as zero. */
export function share(value: number | null): string {
  if (value === null) return text.quality.none;
  return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: value < 0.1 ? 1 : 0 }).format(value);
}

export function rate(kbps: number): string {
  return fill(text.quality.kbps, { value: number(kbps) });
}

/** For a tile: the most important numbers at a glance. */
export function short({ rttMs, lossIn, lossOut }: Quality): string {
  if (rttMs === null && lossIn === null && lossOut === null) return text.quality.none;
  const worse = Math.max(lossIn ?? 0, lossOut ?? 0);
  return fill(text.quality.short, { rtt: milliseconds(rttMs), loss: share(worse) });
}

function number(value: number): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }).format(value);
}

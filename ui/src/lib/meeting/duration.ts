/** Time as a meeting shows it. Pure. */

/** `4:07`, `1:02:33`; never negative when clocks differ. */
export function duration(fromMs: number, nowMs: number): string {
  const total = seconds(fromMs, nowMs);
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(total % 60)}` : `${minutes}:${pad(total % 60)}`;
}

export function seconds(fromMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - fromMs) / 1000));
}

/** The same for a machine, ISO 8601: `PT1H2M3S`. */
export function isoDuration(fromMs: number, nowMs: number): string {
  const total = seconds(fromMs, nowMs);
  return `PT${Math.floor(total / 3600)}H${Math.floor(total / 60) % 60}M${total % 60}S`;
}

/** `14:07`, by the clock and the habits of this computer. */
export function timeOfDay(atMs: number): string {
  return TIME.format(atMs);
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** "5 minutes ago", "2 hours ago", "now"; in the given language. */
export function ago(thenMs: number, nowMs: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const total = seconds(thenMs, nowMs);
  for (const [unit, size] of UNITS) {
    if (total >= size) return format.format(-Math.floor(total / size), unit);
  }
  return format.format(0, "second");
}

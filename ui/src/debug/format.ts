/** Numbers as a person reads them. Pure. */

export function seconds(ms: number): string {
  if (ms < 1000) return `${String(Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const whole = Math.round(ms / 1000);
  return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
}

export function bytes(count: number): string {
  if (count < 1000) return `${String(count)} B`;
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}

/** With as many digits as mean something. */
export function number(value: number | null, digits = 0): string {
  return value === null ? "–" : value.toFixed(value !== 0 && Math.abs(value) < 10 ? Math.max(digits, 1) : digits);
}

export function clock(atMs: number): string {
  const date = new Date(atMs);
  const two = (part: number): string => String(part).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

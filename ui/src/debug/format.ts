/** Numbers as a person reads them, in the current language. Pure. */
import { language } from "../lib/text/catalogue";

/** Making a format costs more than using it, and a panel shows a hundred numbers a second. */
const formats = new Map<string, Intl.NumberFormat>();

function decimal(value: number, digits: number): string {
  const key = `${language()} ${String(digits)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });
    formats.set(key, format);
  }
  return format.format(value);
}

export function seconds(ms: number): string {
  if (ms < 1000) return `${String(Math.round(ms))} ms`;
  if (ms < 60_000) return `${decimal(ms / 1000, ms < 10_000 ? 1 : 0)} s`;
  const whole = Math.round(ms / 1000);
  return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
}

export function bytes(count: number): string {
  if (count < 1000) return `${String(count)} B`;
  if (count < 1_000_000) return `${decimal(count / 1000, 1)} kB`;
  return `${decimal(count / 1_000_000, 1)} MB`;
}

/** With only as many digits as are meaningful. */
export function number(value: number | null, digits = 0): string {
  return value === null ? "–" : decimal(value, value !== 0 && Math.abs(value) < 10 ? Math.max(digits, 1) : digits);
}

export function clock(atMs: number): string {
  const date = new Date(atMs);
  const two = (part: number): string => String(part).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

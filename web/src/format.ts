/* Numbers, times and sizes as people read them. Called by the parts. */

const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tiny = new Intl.NumberFormat("en", { notation: "scientific", maximumSignificantDigits: 3 });

/** So many decimals, or where that is not known four significant digits, whole from a thousand on; "–" for nothing. */
export function number(value: number | null | undefined, decimals?: number | null): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (decimals !== null && decimals !== undefined) return fixed(decimals).format(value);
  const size = Math.abs(value);
  if (size >= 1e12 || (size > 0 && size < 1e-4)) return tiny.format(value);
  return size >= 1000 ? whole.format(value) : plain.format(value);
}

const byDecimals = new Map<number, Intl.NumberFormat>();

function fixed(decimals: number): Intl.NumberFormat {
  const digits = Math.min(12, Math.max(0, decimals));
  const held = byDecimals.get(digits) ?? new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  byDecimals.set(digits, held);
  return held;
}

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : whole.format(value);
}

const UNITS: Record<string, string> = { "1": "", Cel: "°C", "[degF]": "°F", deg: "°", Ohm: "Ω", "m[H2O]": "mH₂O", "[ppm]": "ppm" };
const POWERS: Record<string, string> = { "2": "²", "3": "³" };

/** A UCUM code as people write it: "Cel" as °C, "m3/h" as m³/h, "1" as nothing. */
export function unitText(code: string | null | undefined): string {
  if (!code) return "";
  return UNITS[code] ?? code.replace(/(?<=[a-z])[23]/gi, (power) => POWERS[power] ?? power);
}

export interface Kind {
  /** as people write it */
  unit?: string | null;
  decimals?: number | null;
}

export function withUnit(value: number | null | undefined, { unit, decimals }: Kind): string {
  return unit ? `${number(value, decimals)} ${unit}` : number(value, decimals);
}

const SIZES = ["B", "kB", "MB", "GB", "TB"];

/** Bytes in decimal units, e.g. "1.24 GB"; value and unit apart, so that the unit can be set smaller. */
export function bytes(value: number | null | undefined): [string, string] {
  if (value === null || value === undefined) return ["–", ""];
  const power = value < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(value) / 3));
  const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
  return [digits.format(value / 1000 ** power), SIZES[power] as string];
}

const STEPS: [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** A span of ms as one number and unit: "now", "42 s", "5 min", "3 h", "12 d". */
export function age(ms: number): string {
  for (const [size, unit] of STEPS) if (ms >= size) return `${Math.floor(ms / size)} ${unit}`;
  return "now";
}

/** "now" or "42 s ago"; a time ahead of the clock counts as now. */
export function ago(ms: number): string {
  const text = age(ms);
  return text === "now" ? text : `${text} ago`;
}

const clockFace = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minuteFace = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayFace = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export const clockTime = (t: number): string => clockFace.format(t);
export const minuteTime = (t: number): string => minuteFace.format(t);
export const dayTime = (t: number): string => `${dayFace.format(t)} ${clockFace.format(t)}`;

/** The day is named only when it is not today's. */
export function shortTime(t: number, now: number): string {
  return new Date(t).toDateString() === new Date(now).toDateString() ? minuteTime(t) : `${dayFace.format(t)} ${minuteTime(t)}`;
}

/** RFC 3339 to Unix ms; null for nothing or for what is no time. */
export function toMs(time: string | null | undefined): number | null {
  if (!time) return null;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? null : ms;
}

/** Long text of a device is cut in the middle: its ends tell it apart. */
export function clipped(text: string, length: number): string {
  if (text.length <= length) return text;
  const half = (length - 1) >> 1;
  return `${text.slice(0, length - 1 - half)}…${text.slice(-half)}`;
}

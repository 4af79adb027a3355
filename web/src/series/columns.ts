/* An answer of /series as columns to draw: a line, and the span from lowest to highest where points were bucketed.
   Called by track.ts and metrics.svelte.ts. */
import type { SeriesAnswer, SeriesBuckets, SeriesRaw } from "../wire/documents";

export interface Columns {
  /** Unix ms, rising */
  t: number[];
  low: number[];
  high: number[];
  line: number[];
  /** false: every point is one reading, and low = high = line */
  bucketed: boolean;
}

export const NO_COLUMNS: Columns = { t: [], low: [], high: [], line: [], bucketed: false };

export function toColumns(answer: SeriesAnswer, id: string): Columns {
  const series = answer.series.find((one) => one.id === id);
  if (!series) return NO_COLUMNS;
  if ("t" in series) return fromRaw(series);
  return fromBuckets(series, answer.t0, answer.step, answer.watermark[id] ?? Infinity);
}

function fromRaw(series: SeriesRaw): Columns {
  const t: number[] = [];
  const line: number[] = [];
  series.t.forEach((time, i) => {
    const value = series.v[i];
    if (value === null || value === undefined) return;
    t.push(time);
    line.push(value);
  });
  return { t, low: line, high: line, line, bucketed: false };
}

/** A bucket is drawn at its middle, the open one not beyond its newest reading. Buckets without data are left out:
    `breakAfter` decides where the line stops. */
function fromBuckets(series: SeriesBuckets, t0: number, step: number, newest: number): Columns {
  const columns: Columns = { t: [], low: [], high: [], line: [], bucketed: true };
  series.last.forEach((last, i) => {
    const low = series.min[i];
    const high = series.max[i];
    if (last === null || low === null || low === undefined || high === null || high === undefined) return;
    columns.t.push(Math.min(t0 + (i + 0.5) * step, newest));
    columns.low.push(low);
    columns.high.push(high);
    columns.line.push(last);
  });
  return columns;
}

/** The distance between neighbours, in ms, beyond which a line is broken: five usual distances, the usual one being that
    quantile of all. Infinity when too few to tell. */
export function breakAfter(t: readonly number[], quantile = 0.5): number {
  if (t.length < 4) return Infinity;
  const steps: number[] = [];
  for (let i = 1; i < t.length; i += 1) steps.push((t[i] as number) - (t[i - 1] as number));
  steps.sort((a, b) => a - b);
  return 5 * (steps[Math.floor(quantile * steps.length)] as number);
}

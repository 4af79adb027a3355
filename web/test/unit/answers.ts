/* Answers of /series for the tests. */
import type { SeriesAnswer } from "../../src/wire/documents";

export const ID = "d/m";

export function raw(points: [number, number | null][], watermark?: number | null): SeriesAnswer {
  const t = points.map(([time]) => time);
  return {
    ...answer(watermark ?? t.at(-1) ?? null),
    series: [{ id: ID, device: "d", metric: "m", t, v: points.map(([, value]) => value) }],
  };
}

/** Buckets of 10 ms from 0: [first, min, max, last] or null. */
export function bucketed(rows: ([number, number, number, number] | null)[], watermark: number): SeriesAnswer {
  const column = (i: number): (number | null)[] => rows.map((row) => row?.[i] ?? null);
  return {
    ...answer(watermark),
    source: "rollup:1m",
    step: 10,
    series: [{ id: ID, device: "d", metric: "m", first: column(0), min: column(1), max: column(2), last: column(3), count: column(0) }],
  };
}

function answer(watermark: number | null): Omit<SeriesAnswer, "series"> {
  return { from: 0, to: 0, t0: 0, step: 1, n: 0, source: "raw", watermark: { [ID]: watermark }, partial: false };
}

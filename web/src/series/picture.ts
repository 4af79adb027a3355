/* A track as the aligned columns that the chart library draws. Called by plot.ts for every drawing and by the table. Pure. */
import type { Track } from "./track";

type Values = (number | null)[];

/** x, low, high, line: null in all three where the line must break. */
export type Picture = [number[], Values, Values, Values];

/** The points in the window and one on either side of it, so that the line runs to the edges. */
export function assemble(track: Track, [from, to]: readonly [number, number]): Picture {
  const picture: Picture = [[], [], [], []];
  const gap = track.breakAfter();
  const { t, low, high, line } = track.history;
  const start = Math.max(0, firstAfter(t, from) - 1);
  for (let i = start; i < t.length; i += 1) {
    add(picture, gap, t[i] as number, low[i] as number, high[i] as number, line[i] as number);
    if ((t[i] as number) > to) return picture;
  }
  const { tail } = track;
  for (let i = 0; i < tail.length; i += 1) {
    const time = tail.time(i);
    const value = tail.value(i);
    const next = i + 1 < tail.length ? tail.time(i + 1) : Infinity;
    if (next < from) continue;
    add(picture, gap, time, value, value, value);
    if (time > to) break;
  }
  return picture;
}

function add([x, low, high, line]: Picture, gap: number, t: number, lowest: number, highest: number, value: number): void {
  const before = x.at(-1);
  if (before !== undefined) {
    if (t <= before) return;
    if (t - before > gap) {
      x.push(before + (t - before) / 2);
      low.push(null);
      high.push(null);
      line.push(null);
    }
  }
  x.push(t);
  low.push(lowest);
  high.push(highest);
  line.push(value);
}

/** The first index whose time is at or after `t`; the length when there is none. */
export function firstAfter(times: readonly number[], t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index nearest to `i` that holds a value; null when none does. */
export function nearestValue(values: Values, i: number): number | null {
  for (let off = 0; off < values.length; off += 1) {
    if (values[i - off] !== null && values[i - off] !== undefined) return i - off;
    if (values[i + off] !== null && values[i + off] !== undefined) return i + off;
  }
  return null;
}

/* One series on the chart: what /series answered, and the live points after it, joined without a hole. Used by chart.svelte.ts.

   Live points begin where the subscription begins, history ends where the store was last flushed. The two meet when history's
   watermark reaches `needed`: the newest time before which something may be missing from the live points. That is the first
   point after the subscription, or after a lost frame, and what the platform had seen when it answered the subscription.
   Until then history must be asked for again. */
import { type Columns, NO_COLUMNS, breakAfter, toColumns } from "./columns";
import { Ring } from "./ring";
import type { SeriesAnswer } from "../wire/documents";

const TAIL = 8192;
/** so many live points tell how far apart they are */
const SAMPLE = 64;

export class Track {
  history: Columns = NO_COLUMNS;
  watermark: number | null = null;
  source = "";
  /** history must reach this time before the picture is whole; null: it is */
  needed: number | null = null;
  readonly tail = new Ring(TAIL);
  #holed = false;

  constructor(readonly id: string) {}

  /** The subscription was answered: what came by then, and up to the first live point, is history's part. */
  begin(watermark: number | null): void {
    this.needed = watermark;
    this.#holed = true;
    this.#settle();
  }

  /** Frames were lost: whatever came before the next point may be missing. */
  hole(): void {
    this.#holed = true;
  }

  push(t: number, v: number): void {
    if (Number.isNaN(v)) return;
    if (this.#holed) {
      this.#holed = false;
      this.needed = Math.max(t, this.needed ?? t);
    }
    if (this.watermark !== null && t <= this.watermark) return;
    this.tail.push(t, v);
  }

  /** A whole answer replaces history. */
  replace(answer: SeriesAnswer): void {
    this.history = toColumns(answer, this.id);
    this.#advance(answer);
  }

  /** An answer that begins at the watermark is appended. False: it came bucketed (a long gap), the whole must be asked for. */
  extend(answer: SeriesAnswer): boolean {
    const more = toColumns(answer, this.id);
    if (more.bucketed) return false;
    const after = this.history.t.at(-1) ?? -Infinity;
    const start = more.t.findIndex((t) => t > after);
    if (start >= 0) this.history = joined(this.history, more, start);
    this.#advance(answer);
    return true;
  }

  /** The newest point, or null. */
  newest(): { t: number; v: number } | null {
    const n = this.tail.length;
    if (n) return { t: this.tail.time(n - 1), v: this.tail.value(n - 1) };
    const { t, line } = this.history;
    return t.length ? { t: t.at(-1) as number, v: line.at(-1) as number } : null;
  }

  /** Live points come thinned, two a frame, so that their own distances count too. */
  breakAfter(): number {
    const newest = Math.max(0, this.tail.length - SAMPLE);
    const live = Array.from({ length: this.tail.length - newest }, (_, i) => this.tail.time(newest + i));
    const usual = breakAfter(live, 0.75);
    return Math.max(breakAfter(this.history.t), Number.isFinite(usual) ? usual : 0);
  }

  /** The live part is long enough to be replaced by (smaller) history. */
  tailSpan(): number {
    return this.tail.length ? (this.tail.lastTime as number) - (this.tail.firstTime as number) : 0;
  }

  get overflowed(): boolean {
    return this.tail.dropped > 0;
  }

  #advance(answer: SeriesAnswer): void {
    this.source = answer.source;
    this.watermark = answer.watermark[this.id] ?? this.history.t.at(-1) ?? this.watermark;
    if (this.watermark !== null) this.tail.dropUntil(this.watermark);
    this.tail.dropped = 0;
    this.#settle();
  }

  #settle(): void {
    if (this.needed !== null && this.watermark !== null && this.watermark >= this.needed) this.needed = null;
  }
}

function joined(before: Columns, more: Columns, start: number): Columns {
  const line = more.line.slice(start);
  return {
    t: before.t.concat(more.t.slice(start)),
    low: before.low.concat(line),
    high: before.high.concat(line),
    line: before.line.concat(line),
    bucketed: before.bucketed,
  };
}

/* Which stretch of time the chart shows: the last minutes, sliding, or a fixed window. Used by chart.svelte.ts. */
import type { LogClock } from "../clock";

export interface Range {
  id: string;
  label: string;
  words: string;
  ms: number;
}

const MINUTE = 60_000;

export const RANGES: readonly Range[] = [
  { id: "5m", label: "5 min", words: "5 minutes", ms: 5 * MINUTE },
  { id: "15m", label: "15 min", words: "15 minutes", ms: 15 * MINUTE },
  { id: "1h", label: "1 h", words: "hour", ms: 60 * MINUTE },
  { id: "6h", label: "6 h", words: "6 hours", ms: 360 * MINUTE },
  { id: "24h", label: "24 h", words: "24 hours", ms: 1440 * MINUTE },
  { id: "7d", label: "7 d", words: "7 days", ms: 10_080 * MINUTE },
];

const SHORTEST = 10_000;
const LONGEST = 31 * 1440 * MINUTE;

export class View {
  range: Range = $state.raw(RANGES[1] as Range);
  /** Unix ms; null while live */
  fixed: [number, number] | null = $state.raw(null);

  /** `newest`: time of the newest point, which may be a little ahead of the clock; `changed`: another stretch is shown. */
  constructor(
    private readonly clock: LogClock,
    private readonly newest: () => number,
    private readonly changed: () => void,
  ) {}

  get live(): boolean {
    return this.fixed === null;
  }

  window(): [number, number] {
    if (this.fixed) return this.fixed;
    const clock = Math.round(this.clock.now());
    const newest = this.newest();
    const to = newest > clock && newest - clock < MINUTE ? Math.ceil(newest) : clock;
    return [to - this.range.ms, to];
  }

  choose(id: string): void {
    this.range = RANGES.find((range) => range.id === id) ?? this.range;
    this.resume();
  }

  toggle(): void {
    if (this.fixed) this.resume();
    else this.fixed = this.window();
  }

  resume(): void {
    this.fixed = null;
    this.changed();
  }

  fix(from: number, to: number): void {
    const width = Math.min(LONGEST, Math.max(SHORTEST, to - from));
    const middle = (from + to) / 2;
    this.fixed = [middle - width / 2, middle + width / 2];
    this.changed();
  }

  /** By half a window: -1 earlier, 1 later. */
  shift(direction: -1 | 1): void {
    const [from, to] = this.window();
    const by = ((to - from) / 2) * direction;
    this.fix(from + by, to + by);
  }

  /** A factor below one looks closer. */
  zoom(factor: number): void {
    const [from, to] = this.window();
    const middle = (from + to) / 2;
    const half = ((to - from) / 2) * factor;
    this.fix(middle - half, middle + half);
  }

  /** The next longer range, for a view that holds no data; null at the longest. */
  wider(): Range | null {
    return RANGES[RANGES.indexOf(this.range) + 1] ?? null;
  }
}

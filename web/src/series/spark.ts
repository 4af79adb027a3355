/* The last quarter of an hour of one metric in sixty steps, for the small line beside its name. Used by metrics.svelte.ts. */
import type { Columns } from "./columns";

export const SLOTS = 60;
export const SLOT = 15_000;

export class Spark {
  readonly #value = new Float64Array(SLOTS).fill(NaN);
  readonly #slot = new Float64Array(SLOTS).fill(-1);
  last: { t: number; v: number } | null = null;

  push(t: number, v: number): void {
    if (Number.isNaN(v)) return;
    const slot = Math.floor(t / SLOT);
    const at = slot % SLOTS;
    if (slot >= (this.#slot[at] as number)) {
      this.#slot[at] = slot;
      this.#value[at] = v;
    }
    if (!this.last || t >= this.last.t) this.last = { t, v };
  }

  fill(columns: Columns): void {
    columns.t.forEach((t, i) => this.push(t, columns.line[i] as number));
  }

  /** An SVG path in a box of the given size, the right edge at `now`; "" when there is nothing to show. */
  path(now: number, width: number, height: number): string {
    const end = Math.floor(now / SLOT);
    const points: [number, number][] = [];
    for (let slot = end - SLOTS + 1; slot <= end; slot += 1) {
      const at = slot % SLOTS;
      if (this.#slot[at] === slot) points.push([slot - (end - SLOTS + 1), this.#value[at] as number]);
    }
    return points.length < 2 ? "" : drawn(points, width, height);
  }
}

function drawn(points: [number, number][], width: number, height: number): string {
  const values = points.map(([, v]) => v);
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const y = (v: number): number => (span ? 1 + (height - 2) * (1 - (v - low) / span) : height / 2);
  const step = width / (SLOTS - 1);
  return points
    .map(([slot, v], i) => {
      const broken = i === 0 || slot - (points[i - 1] as [number, number])[0] > 8;
      return `${broken ? "M" : "L"}${(slot * step).toFixed(1)} ${y(v).toFixed(1)}`;
    })
    .join("");
}

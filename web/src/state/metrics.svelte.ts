/* The metrics of the chosen device: names, units, the last value and a small line each. Used by chart.svelte.ts. */
import type { LogClock } from "../clock";
import { unitText } from "../format";
import { toColumns } from "../series/columns";
import { SLOT, SLOTS, Spark } from "../series/spark";
import type { Metric } from "../wire/documents";
import type { Endpoints } from "../wire/endpoints";
import { Loading } from "./loading.svelte";

/** /series takes at most 20 series a request */
const AT_ONCE = 20;

export class Metrics {
  readonly loading = new Loading<Metric[]>();
  /** grows when a small line or a value changed */
  rev = $state(0);
  #sparks = new Map<string, Spark>();
  #abort = new AbortController();

  constructor(
    private readonly endpoints: Endpoints,
    private readonly clock: LogClock,
  ) {}

  spark(metric: string): Spark | undefined {
    void this.rev;
    return this.#sparks.get(metric);
  }

  push(metric: string, t: number, v: number): void {
    this.#sparks.get(metric)?.push(t, v);
  }

  /** Asks for a device's metrics; null when that failed or another device was chosen meanwhile. */
  async choose(device: string): Promise<Metric[] | null> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.loading.clear();
    const metrics = await this.loading.run(async () =>
      (await this.endpoints.metrics(device, signal)).map((metric) => ({ ...metric, unit: unitText(metric.unit) })),
    );
    if (!metrics || signal.aborted) return null;
    this.#sparks = new Map(metrics.map((metric) => [metric.name, new Spark()]));
    void this.#fill(device, metrics, signal);
    return metrics;
  }

  async #fill(device: string, metrics: Metric[], signal: AbortSignal): Promise<void> {
    const to = this.clock.now();
    const from = to - SLOT * SLOTS;
    for (let i = 0; i < metrics.length; i += AT_ONCE) {
      const names = metrics.slice(i, i + AT_ONCE).map((metric) => metric.name);
      const answer = await this.endpoints.series({ device, metrics: names, from, to, px: 120 }, signal).catch(() => null);
      if (!answer || signal.aborted) return;
      for (const series of answer.series) this.#sparks.get(series.metric)?.fill(toColumns(answer, series.id));
      this.rev += 1;
    }
  }
}

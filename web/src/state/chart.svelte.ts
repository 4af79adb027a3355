/* What the chart shows: one device, one of its metrics, a window of time. One per page.
   Asks for history, takes live points after it, and mends what was missed (see series/track.ts). */
import type { LogClock } from "../clock";
import { type Kind, toMs } from "../format";
import { type Level, levelsFor } from "../series/rules";
import type { Track } from "../series/track";
import type { Anomaly, AnomalyEvent, Rule } from "../wire/documents";
import type { Endpoints } from "../wire/endpoints";
import type { Live } from "../wire/live.svelte";
import { Feed } from "./feed";
import type { Fleet } from "./fleet.svelte";
import { Loading } from "./loading.svelte";
import { Mender } from "./mender";
import { Metrics } from "./metrics.svelte";
import { View } from "./view.svelte";

const HZ = 8;
const CHANNELS = 64;
/** live points of less than this are never worth replacing by history */
const LEAST_TAIL = 60_000;

export class Chart {
  device: string | null = $state(null);
  metric: string | null = $state(null);
  /** grows when points came or went */
  rev = $state(0);
  anomalies: Anomaly[] = $state.raw([]);
  /** why the platform gives no live points, in one line */
  refusal: string | null = $state(null);
  /** width of the plot in CSS pixels: how many buckets are worth asking for */
  px = 800;
  readonly loading = new Loading<Track>();
  readonly view: View;
  readonly metrics: Metrics;
  #rules: Rule[] = $state.raw([]);
  #feed: Feed | null = null;
  #abort = new AbortController();
  readonly #mender = new Mender(() => this.#mended());

  constructor(
    private readonly endpoints: Endpoints,
    private readonly clock: LogClock,
    private readonly live: Live,
    private readonly fleet: Fleet,
  ) {
    this.view = new View(clock, () => this.newest, () => void this.load());
    this.metrics = new Metrics(endpoints, clock);
    live.on("anomaly", (event) => this.#anomaly(event));
    live.on("resumed", () => {
      void this.loadRules();
      void this.load();
    });
  }

  readonly levels: Level[] = $derived.by(() =>
    this.device && this.metric ? levelsFor(this.#rules, this.fleet.get(this.device), this.device, this.metric) : [],
  );

  /** unit and decimals of the metric */
  readonly kind: Kind = $derived.by(() => this.metrics.loading.value?.find((metric) => metric.name === this.metric) ?? {});

  get track(): Track | null {
    return this.metric === null ? null : (this.#feed?.track(this.metric) ?? null);
  }

  get newest(): number {
    return this.track?.newest()?.t ?? 0;
  }

  async choose(device: string, wanted: string | null): Promise<void> {
    if (device === this.device) {
      this.show(wanted ?? this.metric);
      return;
    }
    this.#forget();
    this.device = device;
    const metrics = await this.metrics.choose(device);
    if (!metrics || device !== this.device) return;
    const names = metrics.slice(0, CHANNELS).map((metric) => metric.name);
    this.#follow(device, names);
    this.show(names.find((name) => name === wanted) ?? (metrics.find((metric) => metric.unit) ?? metrics[0])?.name ?? null);
  }

  show(metric: string | null): void {
    if (metric === this.metric) return;
    this.metric = metric;
    this.loading.clear();
    this.anomalies = [];
    void this.load();
  }

  loadRules = async (): Promise<void> => {
    this.#rules = (await this.endpoints.rules().catch(() => null))?.items ?? this.#rules;
  };

  /** Asks for the whole window again. */
  load = async (): Promise<void> => {
    const { device, metric, track } = this;
    if (device === null || metric === null || !track) return;
    const signal = this.#renewed();
    const [from, to] = this.view.window();
    await this.loading.run(async () => {
      track.replace(await this.endpoints.series({ device, metrics: [metric], from, to: to + 1, px: this.px }, signal));
      return track;
    });
    if (signal.aborted) return;
    this.rev += 1;
    this.#mend();
    const found = await this.endpoints.anomalies(device, metric, from, to, signal).catch(() => null);
    if (found && !signal.aborted) this.anomalies = found.items.toSorted(byStart);
  };

  /** Called once a second by the page: history is smaller than what gathers behind it. */
  tick(): void {
    const { track } = this;
    if (!this.view.live || this.loading.busy || !track) return;
    if (track.overflowed || track.tailSpan() > Math.max(LEAST_TAIL, this.view.range.ms / 4)) void this.load();
  }

  /** Begins anew where nothing could be shown: after a failure, or with a device that had measured nothing yet. */
  retry(): void {
    const { device, metric } = this;
    const { value, problem, busy } = this.metrics.loading;
    if (device !== null && !busy && (problem || value?.length === 0)) {
      this.device = null;
      void this.choose(device, metric);
    } else if (this.loading.problem && !this.loading.busy) void this.load();
  }

  #follow(device: string, metrics: string[]): void {
    const feed = new Feed(device, metrics, {
      begun: () => {
        this.refusal = null;
        this.#mend();
      },
      point: (metric, t, v) => this.metrics.push(metric, t, v),
      flushed: () => {
        this.rev += 1;
        this.#mend();
      },
      refused: (reason) => (this.refusal = reason),
    });
    this.#feed = feed;
    if (metrics.length) this.live.subscribe({ id: "chart", devices: [device], metrics, hz: HZ }, feed);
  }

  /** Begins to ask for what is missing, if there is anything. A window that stands still waits until it moves again. */
  #mend(): void {
    this.#mender.check(this.view.live && !this.loading.busy && this.track?.needed != null);
  }

  /** Asks for what is missing since the watermark; what is too long for that is asked for as a whole. True: nothing is missing. */
  async #mended(): Promise<boolean> {
    const { device, metric, track } = this;
    if (!track || track.needed === null || !this.view.live || device === null || metric === null) return true;
    if (track.watermark === null) {
      await this.load();
      return track.needed === null;
    }
    const query = { device, metrics: [metric], from: track.watermark, to: this.clock.now() + LEAST_TAIL, px: this.px };
    const answer = await this.endpoints.series(query).catch(() => null);
    if (answer && track === this.track && !track.extend(answer)) await this.load();
    this.rev += 1;
    return track !== this.track || track.needed === null;
  }

  #anomaly(event: AnomalyEvent): void {
    if (event.device !== this.device || event.metric !== this.metric) return;
    const { verb: _, ...anomaly } = event;
    const held = this.anomalies.find((one) => one.id === anomaly.id);
    if (held && held.version > anomaly.version) return;
    this.anomalies = [...this.anomalies.filter((one) => one !== held), anomaly].sort(byStart);
  }

  #forget(): void {
    this.live.unsubscribe("chart");
    this.#renewed();
    this.#mender.stop();
    this.#feed = null;
    this.metric = null;
    this.loading.clear();
    this.anomalies = [];
    this.refusal = null;
  }

  #renewed(): AbortSignal {
    this.#abort.abort();
    this.#abort = new AbortController();
    return this.#abort.signal;
  }
}

const byStart = (a: Anomaly, b: Anomaly): number => (toMs(a.start) ?? 0) - (toMs(b.start) ?? 0);

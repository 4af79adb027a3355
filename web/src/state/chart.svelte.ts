/* What the chart shows: one device, one of its metrics, a window of time. One per page.
   Asks for history, takes live points after it, and mends what was missed (see series/track.ts). */
import type { LogClock } from "../clock";
import { toMs } from "../format";
import { type Level, levelsFor } from "../series/rules";
import { Track } from "../series/track";
import type { Anomaly, AnomalyEvent, Metric, Rule } from "../wire/documents";
import type { Endpoints } from "../wire/endpoints";
import type { Live } from "../wire/live.svelte";
import type { Fleet } from "./fleet.svelte";
import { Loading } from "./loading.svelte";
import { Mender } from "./mender";
import { Metrics } from "./metrics.svelte";
import { View } from "./view.svelte";

const HZ = 8;
const CHANNELS = 64;
const LEAST_TAIL = 60_000;

export class Chart {
  device: string | null = $state(null);
  metric: string | null = $state(null);
  /** grows when points came or went */
  rev = $state(0);
  anomalies: Anomaly[] = $state.raw([]);
  refusal: string | null = $state(null);
  /** width of the plot in CSS pixels: how many buckets are worth asking for */
  px = 800;
  readonly loading = new Loading<Track>();
  readonly view: View;
  readonly metrics: Metrics;
  #rules: Rule[] = $state.raw([]);
  #tracks = new Map<string, Track>();
  #abort = new AbortController();
  readonly #mender = new Mender(() => this.#mend());

  constructor(
    private readonly endpoints: Endpoints,
    private readonly clock: LogClock,
    private readonly live: Live,
    private readonly fleet: Fleet,
  ) {
    this.view = new View(clock, () => this.newest, () => void this.load());
    this.metrics = new Metrics(endpoints, clock);
    live.on("anomaly", (event) => this.#anomaly(event));
    live.on("resumed", () => void this.loadRules());
  }

  readonly levels: Level[] = $derived.by(() =>
    this.device && this.metric ? levelsFor(this.#rules, this.fleet.get(this.device), this.device, this.metric) : [],
  );

  readonly unit: string | null = $derived.by(
    () => this.metrics.loading.value?.find((metric) => metric.name === this.metric)?.unit ?? null,
  );

  get track(): Track | null {
    return (this.device && this.metric && this.#tracks.get(`${this.device}/${this.metric}`)) || null;
  }

  get newest(): number {
    return this.track?.newest()?.t ?? 0;
  }

  async choose(device: string, wanted: string | null): Promise<void> {
    if (device === this.device) {
      this.show(wanted ?? this.metric);
      return;
    }
    this.device = device;
    this.metric = null;
    this.#forget();
    const metrics = await this.metrics.choose(device);
    if (!metrics || device !== this.device) return;
    this.#follow(device, metrics);
    this.show(metrics.some((metric) => metric.name === wanted) ? wanted : (metrics[0]?.name ?? null));
  }

  /** Begins anew with the same device, after a failure. */
  again(): void {
    const { device, metric } = this;
    this.device = null;
    if (device) void this.choose(device, metric);
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
    const track = this.track;
    if (!this.device || !this.metric || !track) return;
    const signal = this.#renewed();
    const [device, metric] = [this.device, this.metric];
    const [from, to] = this.view.window();
    await this.loading.run(async () => {
      track.replace(await this.endpoints.series({ device, metrics: [metric], from, to: to + 1, px: this.px }, signal));
      return track;
    });
    if (signal.aborted) return;
    this.rev += 1;
    this.#mender.check(track.needed !== null);
    const found = await this.endpoints.anomalies(device, metric, from, to, signal).catch(() => null);
    if (found && !signal.aborted) this.anomalies = found.items;
  };

  /** Called once a second by the page: history is smaller than what gathers behind it. */
  tick(): void {
    const track = this.track;
    if (!this.view.live || this.loading.busy || !track) return;
    if (track.overflowed || track.tailSpan() > Math.max(LEAST_TAIL, this.view.range.ms / 4)) void this.load();
  }

  #follow(device: string, metrics: Metric[]): void {
    const names = metrics.slice(0, CHANNELS).map((metric) => metric.name);
    this.#tracks = new Map(names.map((name) => [`${device}/${name}`, new Track(`${device}/${name}`)]));
    const tracks = this.#tracks;
    const each = (act: (track: Track) => void): void => tracks.forEach(act);
    this.live.subscribe({ id: "chart", devices: [device], metrics: names, hz: HZ }, {
      begin: (watermark) => {
        this.refusal = null;
        each((track) => track.begin(watermark[track.id] ?? null));
        this.#mender.check(this.track?.needed != null && this.track.watermark !== null);
      },
      point: (id, t, v) => {
        tracks.get(id)?.push(t, v);
        this.metrics.push(id.slice(device.length + 1), t, v);
      },
      hole: () => each((track) => track.hole()),
      flushed: () => {
        this.rev += 1;
        if (this.track?.needed != null) this.#mender.check(true);
      },
      refused: (reason) => (this.refusal = reason),
    });
  }

  /** Asks for what is missing since the watermark; what is too long for that is asked for as a whole. */
  async #mend(): Promise<boolean> {
    const track = this.track;
    if (!track || track.needed === null || !this.device || !this.metric) return true;
    const from = track.resumeFrom();
    if (from === null) {
      await this.load();
      return track.needed === null;
    }
    const query = { device: this.device, metrics: [this.metric], from, to: this.clock.now() + LEAST_TAIL, px: this.px };
    const answer = await this.endpoints.series(query).catch(() => null);
    if (answer && track === this.track && !track.extend(answer)) await this.load();
    this.rev += 1;
    return track !== this.track || track.needed === null;
  }

  #anomaly(event: AnomalyEvent): void {
    if (event.device !== this.device || event.metric !== this.metric) return;
    const { verb: _, ...anomaly } = event;
    const others = this.anomalies.filter((one) => one.id !== anomaly.id);
    const held = this.anomalies.find((one) => one.id === anomaly.id);
    if (!held || held.version <= anomaly.version) this.anomalies = [...others, anomaly].sort(byStart);
  }

  #forget(): void {
    this.live.unsubscribe("chart");
    this.#renewed();
    this.#mender.stop();
    this.#tracks = new Map();
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

/* The live points of one device's metrics, given to a track each. Made by chart.svelte.ts when a device is chosen. */
import { Track } from "../series/track";
import type { Sink } from "../wire/subscription";

interface Told {
  /** the subscription was answered; what came before is history's part */
  begun: () => void;
  point: (metric: string, t: number, v: number) => void;
  flushed: () => void;
  refused: (reason: string) => void;
}

export class Feed implements Sink {
  readonly #tracks: Map<string, Track>;

  constructor(
    private readonly device: string,
    readonly metrics: readonly string[],
    private readonly told: Told,
  ) {
    this.#tracks = new Map(metrics.map((metric) => [metric, new Track(`${device}/${metric}`)]));
  }

  track(metric: string): Track | null {
    return this.#tracks.get(metric) ?? null;
  }

  begin(watermark: Record<string, number | null>): void {
    for (const track of this.#tracks.values()) track.begin(watermark[track.id] ?? null);
    this.told.begun();
  }

  point(id: string, t: number, v: number): void {
    const metric = id.slice(this.device.length + 1);
    this.#tracks.get(metric)?.push(t, v);
    this.told.point(metric, t, v);
  }

  hole(): void {
    for (const track of this.#tracks.values()) track.hole();
  }

  flushed(): void {
    this.told.flushed();
  }

  refused(reason: string): void {
    this.told.refused(reason);
  }
}

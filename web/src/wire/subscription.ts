/* Which channel of the live connection carries which series, and to whom its points go. Used by live.svelte.ts. */
import type { SubAck } from "./documents";
import type { Frame } from "./frame";

export interface Sink {
  /** The subscription was answered; what came before these times (per "<device>/<metric>") is history's part. */
  begin(watermark: Record<string, number | null>): void;
  point(id: string, t: number, v: number): void;
  /** A frame was lost. */
  hole(): void;
  /** All points of a frame were given. */
  flushed(): void;
  /** The platform refused the subscription, in one line. */
  refused(reason: string): void;
}

export interface Wanted {
  id: string;
  devices: readonly string[];
  metrics: readonly string[];
  /** frames a second, at most 20 */
  hz: number;
}

interface Target {
  sub: string;
  series: string;
  sink: Sink;
}

const EARLY = 64;

/** Frames may overtake the answer to their subscription: while one is awaited, frames of unknown channels are held. */
export class Channels {
  readonly #targets = new Map<number, Target>();
  #early: Frame[] = [];
  #awaited = 0;

  await(): void {
    this.#awaited += 1;
  }

  /** The answer to a subscription has come; null when it was replaced meanwhile and its answer no longer counts. */
  open(sub: string, ack: SubAck | null, sink: Sink): void {
    this.#awaited = Math.max(0, this.#awaited - 1);
    if (!ack) return;
    if (!ack.ok) {
      sink.refused(ack.error);
      return;
    }
    for (const { ch, device, metric } of ack.channels) this.#targets.set(ch, { sub, series: `${device}/${metric}`, sink });
    sink.begin(ack.watermark);
    const early = this.#early;
    if (!this.#awaited) this.#early = [];
    for (const frame of early) this.deliver(frame, sub);
  }

  close(sub: string): void {
    for (const [ch, target] of this.#targets) if (target.sub === sub) this.#targets.delete(ch);
  }

  clear(): void {
    this.#targets.clear();
    this.#early = [];
    this.#awaited = 0;
  }

  /** Gives a frame's points to their sinks; with `only`, to one subscription's. */
  deliver(frame: Frame, only?: string): void {
    const touched = new Set<Sink>();
    let unknown = false;
    for (let i = 0; i < frame.ch.length; i += 1) {
      const target = this.#targets.get(frame.ch[i] as number);
      if (!target) unknown = true;
      if (!target || (only !== undefined && target.sub !== only)) continue;
      target.sink.point(target.series, frame.t[i] as number, frame.v[i] as number);
      touched.add(target.sink);
    }
    for (const sink of touched) sink.flushed();
    if (unknown && this.#awaited && only === undefined && this.#early.length < EARLY) this.#early.push(frame);
  }
}

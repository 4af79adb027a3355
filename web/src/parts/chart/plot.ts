/* The chart library with this page's looks. A chunk of its own, loaded by Plot.svelte when a chart is first shown. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clockTime, minuteTime, number } from "../../format";
import { type Picture, assemble, nearestValue } from "../../series/picture";
import { steadyRange } from "../../series/scale";
import { drawOver, drawUnder } from "./marks";
import { type Palette, readPalette } from "./palette";
import type { Scene } from "./scene";

export interface Point {
  t: number;
  low: number;
  high: number;
  value: number;
}

interface Told {
  /** the point under the cursor; null when it left */
  cursor: (point: Point | null) => void;
  /** a stretch was drawn with the pointer */
  selected: (from: number, to: number) => void;
}

const DAY = 86_400_000;
const EMPTY: Picture = [[], [], [], []];
const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export class Plot {
  readonly #plot: uPlot;
  #palette: Palette;
  #picture: Picture = EMPTY;
  #held: [number, number] | null = null;
  #series = "";
  #at: number | null = null;

  constructor(
    private readonly host: HTMLElement,
    private readonly scene: () => Scene,
    private readonly told: Told,
  ) {
    this.#palette = readPalette(host);
    this.#plot = new uPlot(this.#options(), EMPTY as unknown as uPlot.AlignedData, host);
    host.querySelector("canvas")?.setAttribute("aria-hidden", "true");
  }

  draw(): void {
    const { track, window } = this.scene();
    if (track?.id !== this.#series) this.#held = null;
    this.#series = track?.id ?? "";
    this.#picture = track ? assemble(track, window) : EMPTY;
    this.#plot.setData(this.#picture as unknown as uPlot.AlignedData);
    if (this.#at !== null) this.#told();
  }

  /** The plot's width in CSS pixels, axes left out. */
  resize(width: number, height: number): number {
    if (width && height) this.#plot.setSize({ width, height });
    return this.#plot.bbox.width / uPlot.pxRatio;
  }

  recolour(): void {
    this.#palette = readPalette(this.host);
    this.#plot.redraw(false, true);
  }

  /** Moves the cursor by points; from nowhere it begins at the newest. */
  step(by: number): void {
    const last = this.#picture[0].length - 1;
    if (last < 0) return;
    const from = this.#at ?? (by < 0 ? last + 1 : -1);
    let i = Math.min(last, Math.max(0, from + by));
    while (this.#picture[3][i] === null && i > 0 && i < last) i += Math.sign(by);
    const left = this.#plot.valToPos(this.#picture[0][i] as number, "x");
    const top = this.#plot.valToPos(this.#picture[3][i] ?? 0, "y");
    this.#plot.setCursor({ left, top });
  }

  leave(): void {
    this.#plot.setCursor({ left: -10, top: -10 });
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #options(): uPlot.Options {
    const ink = () => this.#palette.series;
    const plain = { stroke: () => "transparent", width: 0, points: { show: false } };
    return {
      width: this.host.clientWidth || 600,
      height: this.host.clientHeight || 240,
      ms: 1,
      padding: [10, 14, 0, 0],
      legend: { show: false },
      scales: { x: { time: true, range: () => this.scene().window }, y: { range: (_, low, high) => this.#range(low, high) } },
      series: [{}, plain, plain, { stroke: ink, width: 1.4, points: { fill: ink, size: 5 } }],
      bands: [{ series: [2, 1], fill: () => this.#palette.span }],
      axes: [this.#axis({ values: timeLabels, space: 76, size: 30 }), this.#axis({ values: valueLabels, size: 52 })],
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false },
        dataIdx: (_, __, i) => nearestValue(this.#picture[3], i) ?? i,
        points: { one: true, size: 9, fill: ink, stroke: () => this.#palette.card, width: 2, show: showOnLine },
      },
      hooks: {
        drawClear: [],
        drawAxes: [(plot) => drawUnder(plot, this.scene(), this.#palette)],
        draw: [(plot) => drawOver(plot, this.scene(), this.#palette)],
        setCursor: [(plot) => this.#cursor(plot)],
        setSelect: [(plot) => this.#selected(plot)],
      },
    };
  }

  #axis(own: uPlot.Axis): uPlot.Axis {
    const lines = { stroke: () => this.#palette.grid, width: 1 };
    return { font: `12px ${this.#palette.sans}`, stroke: () => this.#palette.muted, grid: lines, ticks: { show: false }, gap: 7, ...own };
  }

  #range(low: number | null, high: number | null): [number, number] {
    if (low === null || high === null) return this.#held ?? [0, 1];
    this.#held = steadyRange(this.#held, low, high, this.scene().levels.map((level) => level.value));
    return this.#held;
  }

  #cursor(plot: uPlot): void {
    this.#at = (plot.cursor.left ?? -1) < 0 ? null : nearestValue(this.#picture[3], plot.cursor.idx ?? -1);
    this.#told();
  }

  #told(): void {
    const i = this.#at;
    const [x, low, high, line] = this.#picture;
    const value = i === null ? null : line[i];
    if (i === null || value === null || value === undefined) this.told.cursor(null);
    else this.told.cursor({ t: x[i] as number, low: low[i] as number, high: high[i] as number, value });
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 6) return;
    this.told.selected(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }
}

/** The cursor's dot belongs to the line, not to the edges of the span. */
function showOnLine(plot: uPlot, series: number): HTMLElement {
  const dot = document.createElement("div");
  dot.hidden = series !== plot.series.length - 1;
  return dot;
}

/** With as many decimals as the step needs. */
function valueLabels(_: uPlot, at: number[], __: number, ___: number, step: number): string[] {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return at.map((value) => (decimals > 6 ? number(value) : number(value, decimals)));
}

/** As coarse as the step: seconds, minutes with the day at midnight, or days. */
function timeLabels(_: uPlot, at: number[], __: number, ___: number, step: number): string[] {
  return at.map((t) => {
    const midnight = new Date(t).getHours() === 0 && new Date(t).getMinutes() === 0;
    if (step >= DAY || midnight) return dayMonth.format(t);
    return step < 60_000 ? clockTime(t) : minuteTime(t);
  });
}

/* What is drawn over and under the line: anomalies with their expected band, levels of alert rules, and the stretch nothing is
   known of. Called by plot.ts from the chart library's drawing hooks; canvas pixels throughout. */
import type uPlot from "uplot";
import { toMs } from "../../format";
import type { Level } from "../../series/rules";
import type { Anomaly, Severity } from "../../wire/documents";
import type { Palette } from "./palette";
import type { Scene } from "./scene";

export const SIGNS: Record<Severity, string> = { critical: "■", major: "◆", minor: "▲", warning: "△" };

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** canvas pixels a CSS pixel */
  px: number;
}

const boxOf = ({ bbox }: uPlot): Box => ({
  left: bbox.left,
  top: bbox.top,
  right: bbox.left + bbox.width,
  bottom: bbox.top + bbox.height,
  px: devicePixelRatio,
});

export function drawUnder(plot: uPlot, scene: Scene, palette: Palette): void {
  const box = boxOf(plot);
  clipped(plot, box, (ctx) => {
    for (const anomaly of scene.anomalies) drawSpan(ctx, plot, box, anomaly, scene.window[1], palette);
    if (scene.unknownFrom !== null) hatch(ctx, box, Math.max(box.left, plot.valToPos(scene.unknownFrom, "x", true)), palette);
  });
}

export function drawOver(plot: uPlot, scene: Scene, palette: Palette): void {
  const box = boxOf(plot);
  clipped(plot, box, (ctx) => {
    for (const anomaly of scene.anomalies) drawPeak(ctx, plot, box, anomaly, palette);
    scene.levels.forEach((level) => drawLevel(ctx, plot, box, level, palette));
  });
}

function clipped(plot: uPlot, box: Box, act: (ctx: CanvasRenderingContext2D) => void): void {
  const { ctx } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  ctx.clip();
  act(ctx);
  ctx.restore();
}

function drawSpan(ctx: CanvasRenderingContext2D, plot: uPlot, box: Box, anomaly: Anomaly, end: number, palette: Palette): void {
  const from = toMs(anomaly.start);
  if (from === null) return;
  const left = plot.valToPos(from, "x", true);
  const right = Math.max(left + 2 * box.px, plot.valToPos(toMs(anomaly.end) ?? end, "x", true));
  ctx.fillStyle = palette.anomalyWash;
  ctx.fillRect(left, box.top, right - left, box.bottom - box.top);
  ctx.fillStyle = palette.anomaly;
  ctx.fillRect(left, box.top, right - left, 3 * box.px);
  if (!anomaly.expected) return;
  ctx.fillStyle = palette.anomalyWash;
  const [low, high] = anomaly.expected.map((value) => plot.valToPos(value, "y", true)) as [number, number];
  ctx.strokeStyle = palette.anomaly;
  ctx.lineWidth = box.px;
  ctx.setLineDash([3 * box.px, 3 * box.px]);
  ctx.fillRect(left, high, right - left, low - high);
  ctx.strokeRect(left, high, right - left, low - high);
  ctx.setLineDash([]);
}

function drawPeak(ctx: CanvasRenderingContext2D, plot: uPlot, box: Box, anomaly: Anomaly, palette: Palette): void {
  const time = toMs(anomaly.peak_time) ?? toMs(anomaly.start);
  if (time === null || anomaly.peak === null) return;
  const x = plot.valToPos(time, "x", true);
  const y = Math.min(box.bottom, Math.max(box.top, plot.valToPos(anomaly.peak, "y", true)));
  const size = 5 * box.px;
  ctx.beginPath();
  ctx.moveTo(x, y - size);
  ctx.lineTo(x + size, y);
  ctx.lineTo(x, y + size);
  ctx.lineTo(x - size, y);
  ctx.closePath();
  ctx.fillStyle = palette.card;
  ctx.strokeStyle = palette.anomaly;
  ctx.lineWidth = 2 * box.px;
  ctx.fill();
  ctx.stroke();
}

/** A level out of view is named at the edge it lies beyond. */
function drawLevel(ctx: CanvasRenderingContext2D, plot: uPlot, box: Box, level: Level, palette: Palette): void {
  const y = Math.round(plot.valToPos(level.value, "y", true));
  const beyond = y < box.top ? " ↑" : y > box.bottom ? " ↓" : "";
  const colour = level.severity === "critical" || level.severity === "major" ? palette.crit : palette.warn;
  if (!beyond) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.25 * box.px;
    ctx.setLineDash([7 * box.px, 4 * box.px]);
    ctx.beginPath();
    ctx.moveTo(box.left, y);
    ctx.lineTo(box.right, y);
    ctx.stroke();
    ctx.setLineDash([]);
    if (level.clear !== null) drawClear(ctx, plot, box, level.clear, colour);
  }
  label(ctx, box, y, `${SIGNS[level.severity]} ${level.sign} ${level.rule}${beyond}`, colour, palette);
}

/** Where an alert that began at the level ends. */
function drawClear(ctx: CanvasRenderingContext2D, plot: uPlot, box: Box, value: number, colour: string): void {
  const y = Math.round(plot.valToPos(value, "y", true));
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = box.px;
  ctx.setLineDash([1.5 * box.px, 4 * box.px]);
  ctx.beginPath();
  ctx.moveTo(box.left, y);
  ctx.lineTo(box.right, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

function label(ctx: CanvasRenderingContext2D, box: Box, y: number, text: string, colour: string, palette: Palette): void {
  const height = 17 * box.px;
  ctx.font = `${11 * box.px}px ${palette.sans}`;
  const width = ctx.measureText(text).width + 10 * box.px;
  const top = Math.min(box.bottom - height, Math.max(box.top, y - height - 2 * box.px));
  ctx.globalAlpha = 0.85;
  ctx.fillStyle = palette.card;
  ctx.fillRect(box.left + 4 * box.px, top, width, height);
  ctx.globalAlpha = 1;
  ctx.fillStyle = colour;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillText(text, box.left + 9 * box.px, top + height / 2);
}

function hatch(ctx: CanvasRenderingContext2D, box: Box, left: number, palette: Palette): void {
  const step = 9 * box.px;
  const height = box.bottom - box.top;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, box.top, box.right - left, height);
  ctx.clip();
  ctx.strokeStyle = palette.edge;
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = box.px;
  ctx.beginPath();
  for (let x = left - height; x < box.right; x += step) {
    ctx.moveTo(x, box.bottom);
    ctx.lineTo(x + height, box.top);
  }
  ctx.stroke();
  ctx.restore();
}

/* The vertical scale of the chart. Called by plot.ts before every drawing. */

/** Keeps the range as it is while the data fit it and fill a good part of it, so that the picture stands still; else
    a new range with a margin of 8 % on either side. A level (a threshold) within one height of the data is kept in view. */
export function steadyRange(
  held: readonly [number, number] | null,
  low: number,
  high: number,
  levels: readonly number[] = [],
): [number, number] {
  const [bottom, top] = withLevels(low, high, levels);
  const height = top - bottom || Math.abs(top) * 0.02 || 1;
  if (held) {
    const room = held[1] - held[0];
    if (held[0] <= bottom && held[1] >= top && height >= 0.55 * room) return [held[0], held[1]];
  }
  const middle = (bottom + top) / 2;
  return [middle - 0.58 * height, middle + 0.58 * height];
}

function withLevels(low: number, high: number, levels: readonly number[]): [number, number] {
  const reach = high - low || Math.abs(high) * 0.1 || 1;
  let [bottom, top] = [low, high];
  for (const level of levels) {
    if (level < low - reach || level > high + reach) continue;
    bottom = Math.min(bottom, level);
    top = Math.max(top, level);
  }
  return [bottom, top];
}

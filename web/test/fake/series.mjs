/* /series of the fake platform: raw when it fits four points a pixel, else buckets from a ladder of steps. Used by routes.mjs. */

const SECOND = 1000;
const LADDER = [1, 2, 5, 10, 15, 30, 60, 300, 900, 3600, 86_400].map((s) => s * SECOND);
const SAMPLES = 8;

export function series(world, { devices, metrics, from, to, px }) {
  const end = Math.min(to, Date.now() - 400);
  const width = Math.min(4000, Math.max(100, px));
  const raw = (to - from) / SECOND <= 4 * width;
  const step = raw ? SECOND : (LADDER.find((one) => one >= (to - from) / width) ?? LADDER.at(-1));
  const t0 = Math.floor(from / step) * step;
  const n = Math.max(0, Math.ceil((to - t0) / step));
  const answer = { from, to, t0, step, n, source: raw ? "raw" : step >= 60_000 ? "rollup:1m" : "raw", watermark: {}, partial: false, series: [] };
  for (const device of devices) {
    for (const { name, unit } of world.metrics(device)) {
      if (!metrics.includes(name)) continue;
      const id = `${device}/${name}`;
      const [first, last] = [Math.max(from, world.oldest), lastReading(world, device, end)];
      answer.watermark[id] = last >= first ? last : null;
      const columns = raw ? rawColumns(world, device, name, first, last) : buckets(world, device, name, { t0, step, n, first, last });
      answer.series.push({ id, device, metric: name, unit, ...columns });
    }
  }
  return answer;
}

/** A device speaks once a second at its own phase; one that is offline stopped when it was last received. */
function lastReading(world, device, end) {
  const { state, last_received: received } = world.devices.get(device);
  const until = state === "online" ? end : Math.min(end, Date.parse(received ?? 0));
  const phase = world.phase(device);
  return Math.floor((until - phase) / SECOND) * SECOND + phase;
}

function rawColumns(world, device, metric, first, last) {
  const t = [];
  const phase = world.phase(device);
  for (let at = Math.ceil((first - phase) / SECOND) * SECOND + phase; at <= last; at += SECOND) t.push(at);
  return { t, v: t.map((at) => world.value(device, metric, at)) };
}

function buckets(world, device, metric, { t0, step, n, first, last }) {
  const columns = { first: [], min: [], max: [], last: [], count: [] };
  for (let i = 0; i < n; i += 1) {
    const start = t0 + i * step;
    const stop = Math.min(start + step, last + 1);
    const sound = stop > Math.max(start, first);
    const values = sound ? Array.from({ length: SAMPLES }, (_, k) => world.value(device, metric, start + ((stop - start) * k) / SAMPLES)) : [];
    columns.first.push(sound ? values[0] : null);
    columns.min.push(sound ? Math.min(...values) : null);
    columns.max.push(sound ? Math.max(...values) : null);
    columns.last.push(sound ? values.at(-1) : null);
    columns.count.push(sound ? Math.round((stop - start) / SECOND) : null);
  }
  return columns;
}

/* How long a reading takes into a real Chromium, and what the live page costs it: `node test/bench/live.mjs --url URL --device ID [--seconds 30]
   [--browser PATH]`. Prints one line of JSON. Called by benchmarks/servers_page.py.
   The page is as built; its web socket and its canvas are watched from outside. */
import { parseArgs } from "node:util";
import { launch, open } from "../e2e/browser.mjs";
import { filled } from "../e2e/look.mjs";

const { values } = parseArgs({
  options: { url: { type: "string" }, device: { type: "string" }, seconds: { type: "string", default: "30" }, browser: { type: "string" } },
});

/** Runs in the page before its own code. seen: of each reading in a frame its time, and when the frame came; drawn: when the chart was drawn. */
function watch() {
  const now = () => performance.timeOrigin + performance.now();
  const seen = [];
  const drawn = [];
  const sizes = [];
  globalThis.watched = { seen, drawn, sizes };
  const Native = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (!(data instanceof ArrayBuffer)) return;
        const at = now();
        const view = new DataView(data);
        const n = view.getUint32(4, true);
        sizes.push([data.byteLength, n]);
        for (let i = 0; i < n; i += 1) seen.push([view.getFloat64(8 + 8 * i, true), at]);
      });
    }
  };
  const stroke = CanvasRenderingContext2D.prototype.stroke;
  CanvasRenderingContext2D.prototype.stroke = function (...given) {
    drawn.push(now());
    return stroke.apply(this, given);
  };
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
const told = (took) => {
  const sorted = [...took].sort((a, b) => a - b);
  return { n: sorted.length, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99), max: sorted.at(-1) };
};

/** ms from each reading's time to the first drawing after its frame came. */
function untilDrawn(seen, drawn) {
  let next = 0;
  const took = [];
  for (const [time, at] of seen) {
    while (next < drawn.length && drawn[next] < at) next += 1;
    if (next < drawn.length) took.push(drawn[next] - time);
  }
  return took;
}

async function metrics(session) {
  const { metrics: all } = await session.send("Performance.getMetrics");
  return Object.fromEntries(all.map(({ name, value }) => [name, value]));
}

const browser = await launch(values.browser);
const { page, errors, close } = await open(browser, "about:blank");
await page.addInitScript(watch);
errors.length = 0; // of the blank page
await page.goto(`${values.url}/`);
await filled(page);
await page.getByRole("searchbox").fill(values.device);
await page.getByRole("option", { name: new RegExp(values.device) }).click();
await page.waitForTimeout(3000);
const session = await page.context().newCDPSession(page);
await session.send("Performance.enable");
await page.evaluate(() => Object.values(globalThis.watched).forEach((list) => list.splice(0)));
const before = await metrics(session);
await page.waitForTimeout(Number(values.seconds) * 1000);
const after = await metrics(session);
const { seen, drawn, sizes } = await page.evaluate(() => globalThis.watched);
const seconds = after.Timestamp - before.Timestamp;
console.log(
  JSON.stringify({
    seconds,
    frames: sizes.length,
    bytes: sizes.reduce((sum, [bytes]) => sum + bytes, 0) / Math.max(1, sizes.length),
    came: told(seen.map(([time, at]) => at - time)),
    drawn: told(untilDrawn(seen, drawn)),
    redraws: new Set(drawn.map((at) => Math.round(at / 8))).size / seconds,
    thread: (after.TaskDuration - before.TaskDuration) / seconds,
    script: (after.ScriptDuration - before.ScriptDuration) / seconds,
    heap: after.JSHeapUsedSize / 2 ** 20,
    grown: (after.JSHeapUsedSize - before.JSHeapUsedSize) / 2 ** 20,
    errors,
  }),
);
await close();
await browser.close();

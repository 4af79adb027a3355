/* A Chromium for the checks: found, started, and watched for errors on its console. Used by run.mjs. */
import { existsSync } from "node:fs";
import axe from "axe-core";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function launch(named = process.env.CHROMIUM) {
  const executablePath = [named, ...PLACES].find((place) => place && existsSync(place));
  if (!executablePath) throw new Error("no Chromium found: install Debian's `chromium`, or name one in CHROMIUM");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page in a profile of its own; `errors` holds what the console complained of, but for requests that are meant to fail. */
export async function open(browser, url, { width = 1440, height = 900, scheme = "dark", name = "Ada" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
  if (name) await context.addInitScript((by) => localStorage.setItem("tidings.name", by), name);
  const page = await context.newPage();
  page.setDefaultTimeout(12_000);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (line) => {
    if (line.type() === "error" && !/Failed to load resource|WebSocket connection to/.test(line.text())) errors.push(line.text());
  });
  await page.goto(url);
  return { page, errors, close: () => context.close() };
}

/** What axe finds wrong by WCAG 2.2 AA, a line each. */
export async function wcag(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
  );
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`));
}

export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** The number of canvas pixels that differ from the card behind the chart. */
export const inked = (page) =>
  page.evaluate(() => {
    const canvas = document.querySelector(".plot canvas");
    if (!canvas?.width) return 0;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let n = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) n += 1;
    return n;
  });

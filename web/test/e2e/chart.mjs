/* The chart: device, metric, range, pausing, moving through time, the table, the cursor. */
import assert from "node:assert/strict";
import { inked } from "./browser.mjs";
import { filled } from "./look.mjs";

const moments = (page) => page.locator(".readout .value").innerText();
const pressed = (page, group) => page.getByRole("group", { name: group }).locator('[aria-pressed="true"]').innerText();

async function moves({ page }) {
  await filled(page);
  const before = await moments(page);
  await page.waitForFunction((text) => document.querySelector(".readout .value")?.innerText !== text, before);
}

async function choosesAnother({ page }) {
  await filled(page);
  const tabs = page.locator(".chart .tabs button");
  await tabs.nth(1).click();
  const metric = await tabs.nth(1).locator(".name").innerText();
  await page.waitForFunction((name) => new URLSearchParams(location.hash.split("?")[1]).get("metric") === name, metric);
  await page.locator(".devices [role=option]").nth(4).click();
  const device = await page.locator(".devices [aria-selected=true] .ident").getAttribute("title");
  await page.locator(".chart h2", { hasText: device }).waitFor();
  await page.goBack();
  await page.waitForFunction((name) => document.querySelector(".tabs [aria-pressed=true] .name")?.textContent === name, metric);
}

async function ranges({ page, shot }) {
  await filled(page);
  for (const [label, id] of [["5 min", "5m"], ["1 h", "1h"], ["6 h", "6h"], ["24 h", "24h"], ["7 d", "7d"]]) {
    await page.getByRole("group", { name: "Range" }).getByText(label, { exact: true }).click();
    await page.waitForFunction((range) => location.hash.includes(`range=${range}`), id);
    assert.equal(await pressed(page, "Range"), label);
    await page.locator(".over").waitFor({ state: "hidden" });
  }
  await page.waitForTimeout(400);
  assert.ok((await inked(page)) > 500);
  await shot("seven days");
}

async function pauses({ page }) {
  await filled(page);
  await page.getByRole("group", { name: "Range" }).getByText("15 min", { exact: true }).click();
  await page.locator(".bar .live:not(.paused)").click();
  await page.locator(".bar .live.paused").waitFor();
  const width = () => page.evaluate(() => document.querySelector('.bar [aria-pressed="true"]')?.textContent?.trim() ?? "");
  await page.getByRole("button", { name: "Look closer" }).click();
  assert.equal(await width(), "", "a window of its own width presses no range");
  await page.getByRole("button", { name: "Look wider" }).click();
  assert.equal(await width(), "15 min");
  await page.getByRole("button", { name: "Earlier" }).click();
  await page.getByRole("button", { name: "Later" }).click();
  await page.locator(".bar .live.paused").click();
  await page.locator(".bar .live:not(.paused)").waitFor();
}

async function dragsAStretch({ page }) {
  await filled(page);
  const box = await page.locator(".plot .u-over").boundingBox();
  await page.mouse.move(box.x + box.width * 0.7, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.97, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.locator(".bar .live.paused").click();
}

async function asTable({ page, shot }) {
  await filled(page);
  await page.getByRole("button", { name: "View as table" }).click();
  const rows = page.locator(".stage tbody tr");
  await rows.nth(4).waitFor();
  const first = await rows.first().innerText();
  assert.match(first, /\d\d:\d\d:\d\d\s+-?[\d.,]+/);
  await shot("table");
  await page.getByRole("button", { name: "View as table" }).click();
  await page.waitForFunction(() => document.querySelector(".plot canvas"));
}

async function cursorByKeys({ page }) {
  await filled(page);
  await page.locator(".bar .live:not(.paused)").click();
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => !document.querySelector(".readout .value")?.textContent?.includes("newest"));
  const last = await moments(page);
  for (let i = 0; i < 5; i += 1) await page.keyboard.press("ArrowLeft");
  assert.notEqual(await moments(page), last);
  await page.keyboard.press("End");
  assert.equal(await moments(page), last);
  await page.keyboard.press("Escape");
  await page.locator(".readout", { hasText: "newest" }).waitFor();
  await page.locator(".bar .live.paused").click();
}

export const checks = [
  { title: "the newest value moves by itself", act: moves },
  { title: "another metric, another device, and back", act: choosesAnother },
  { title: "every range is drawn", act: ranges },
  { title: "pausing, looking closer, moving, going live", act: pauses },
  { title: "a stretch drawn with the pointer is shown", act: dragsAStretch },
  { title: "the chart as a table", act: asTable },
  { title: "the cursor moves by arrow keys", act: cursorByKeys },
];

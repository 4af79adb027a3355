/* The page by keyboard alone. */
import assert from "node:assert/strict";
import { wcag } from "./browser.mjs";
import { filled } from "./look.mjs";

const focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.tagName.toLowerCase());

async function skips({ page }) {
  await filled(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the view");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "main");
}

async function searches({ page }) {
  await filled(page);
  await page.keyboard.press("/");
  assert.equal(await focused(page), "search");
  const all = await page.locator(".devices [role=option]").first().getAttribute("aria-setsize");
  const last = await page.evaluate(() => document.querySelectorAll(".devices [role=option]")[2]?.firstElementChild?.title);
  await page.keyboard.type(last);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".chart h2", { hasText: last }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".devices [role=option]").first().getAttribute("aria-setsize"), all);
  await page.keyboard.type("zzz nothing");
  await page.getByText("No device matches").waitFor();
  await page.getByRole("button", { name: "Show all devices" }).click();
  await page.getByRole("listbox").focus();
  await page.keyboard.press("End");
  const active = page.locator(".devices .active");
  assert.equal(await active.getAttribute("aria-posinset"), all);
}

async function pausesAndThemes({ page }) {
  await filled(page);
  await page.locator("main").focus();
  await page.keyboard.press(" ");
  await page.locator(".bar .live.paused").waitFor();
  await page.keyboard.press(" ");
  await page.locator(".bar .live:not(.paused)").waitFor();
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await page.keyboard.press("t");
  assert.equal(await theme(), "light");
  await page.reload();
  assert.equal(await theme(), "light", "the theme is kept");
}

async function helps({ page, shot }) {
  await filled(page);
  const before = await page.evaluate(() => document.documentElement.dataset.theme);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard and settings" }).waitFor();
  await shot("help");
  assert.deepEqual(await wcag(page), []);
  await page.getByRole("checkbox", { name: "Single keys act at once" }).uncheck();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("t");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), before, "keys are switched off");
}

async function acknowledgesFocused({ page, tell }) {
  await filled(page);
  await tell("raise?device=pump-030&metric=flow&message=by+key&severity=critical");
  const alert = page.locator(".alerts li", { hasText: "by key" });
  await alert.locator(".where").focus();
  await page.keyboard.press("a");
  await alert.getByText("Acknowledged by Ada").waitFor();
}

async function opensStages({ page, shot }) {
  await filled(page);
  await page.getByRole("button", { name: /Stages/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("rowheader", { name: "validate" }).waitFor();
  assert.deepEqual(await wcag(page), []);
  await shot("stages");
}

export const checks = [
  { title: "the skip link leads to the view", act: skips },
  { title: "/ searches, arrows and Enter choose", act: searches },
  { title: "space pauses, t changes the theme", act: pausesAndThemes },
  { title: "a acknowledges the alert in focus", fakeOnly: true, act: acknowledgesFocused },
  { title: "the ledger opens to its stages", fakeOnly: true, act: opensStages },
  { title: "? helps, and switches keys off", act: helps },
];

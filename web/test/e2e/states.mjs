/* The page when there is nothing to show, when it cannot be had, when a token is wanted, and when there is very much. */
import assert from "node:assert/strict";
import { wcag } from "./browser.mjs";
import { filled } from "./look.mjs";

async function isEmpty({ page, shot }) {
  await page.getByText("No device has reported yet").waitFor();
  await page.getByText("No active alerts").waitFor();
  await page.getByText("The first minute is still being counted").waitFor();
  assert.match(await page.locator("code").innerText(), /curl http:\/\/127\.0\.0\.1:\d+\/api\/v1\/devices/);
  assert.deepEqual(await wcag(page), []);
  await shot("empty");
}

/** The page asks again by itself every ten seconds: on a slow machine the button may be gone before it is pressed. */
const again = (panel) => panel.getByRole("button", { name: "Try again" }).click({ timeout: 2000 }).catch(() => {});

async function fails({ page, tell, shot }) {
  await page.getByText("The devices could not be read").waitFor();
  await page.getByText("The alerts could not be read").waitFor();
  assert.deepEqual(await wcag(page), []);
  await shot("error");
  await tell("fail");
  for (const panel of [".devices", ".alerts"]) await again(page.locator(panel));
  await filled(page);
}

async function keepsTheLastGood({ page, tell, shot }) {
  await filled(page);
  await tell("fail?paths=status,series");
  await page.getByText(/The numbers are \d+ s old/).waitFor();
  await page.getByRole("group", { name: "Range" }).getByText("1 h", { exact: true }).click();
  await page.locator(".chart [role=alert]", { hasText: "Not renewed" }).waitFor();
  await shot("old numbers");
  assert.match(await page.locator(".tiles").innerText(), /200/);
}

async function wantsAToken({ page, shot }) {
  const field = page.getByRole("dialog").locator("input");
  await field.waitFor();
  await shot("token");
  assert.deepEqual(await wcag(page), []);
  await page.keyboard.press("Escape");
  await field.fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("The token was not accepted").waitFor();
  await page.getByRole("dialog").locator("input").fill("secret");
  await page.keyboard.press("Enter");
  await filled(page);
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("secret")), false);
}

async function holdsThousands({ page }) {
  await filled(page);
  await page.locator(".devices header", { hasText: "10,000" }).waitFor();
  assert.ok((await page.locator(".devices [role=option]").count()) < 60, "only the rows in view are in the page");
  await page.getByRole("searchbox").fill("vehicle-1999");
  await page.getByRole("option", { name: /vehicle-1999/ }).waitFor();
}

export const checks = [
  { title: "an empty platform says how to begin", own: { empty: true }, act: isEmpty },
  { title: "what fails is told and can be tried again", own: { fail: ["alerts", "devices", "ledger"] }, act: fails },
  { title: "the last good numbers stay, with their age", own: {}, act: keepsTheLastGood },
  { title: "a token is asked for and kept to the tab", own: { token: "secret" }, act: wantsAToken },
  { title: "ten thousand devices", own: { devices: 10_000 }, act: holdsThousands },
];

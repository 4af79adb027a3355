/* The live channel: lost frames, a lost connection, devices and minutes that change while one looks. */
import assert from "node:assert/strict";
import { filled } from "./look.mjs";

async function mendsAHole({ page, tell }) {
  const asked = [];
  page.on("request", (request) => request.url().includes("/series?") && asked.push(new URL(request.url()).searchParams));
  await filled(page);
  await page.waitForTimeout(1500);
  const before = asked.length;
  await tell("drop?frames=2");
  await page.getByText(/2 lost frames mended/).waitFor();
  await page.waitForTimeout(2500);
  const mending = asked[before];
  assert.ok(mending, "nothing was asked for after the hole");
  assert.ok(Number(mending.get("to")) - Number(mending.get("from")) < 300_000, "only what is missing is asked for");
  await page.getByRole("button", { name: "View as table" }).click();
  await page.locator(".stage tbody tr").nth(15).waitFor();
  const seconds = await page.locator(".stage tbody tr td:first-child").evaluateAll((cells) => cells.slice(0, 15).map((cell) => Number(cell.textContent.slice(-2))));
  seconds.forEach((second, i) => i && assert.equal((seconds[i - 1] - second + 60) % 60, 1, `a second is missing: ${seconds}`));
  await page.getByRole("button", { name: "View as table" }).click();
}

async function survivesABreak({ page, tell, shot }) {
  await filled(page);
  await tell("away?ms=5000");
  await page.getByText("The live connection is lost").waitFor();
  await page.locator(".connection", { hasText: "Not live" }).waitFor();
  await shot("stale");
  const asked = page.waitForRequest((request) => request.url().includes("/series?"));
  await page.locator(".connection", { hasText: /^\s*Live/ }).waitFor();
  await asked;
  await page.getByText("The live connection is lost").waitFor({ state: "detached" });
}

async function seesADeviceGo({ page, tell }) {
  await filled(page);
  await page.getByRole("searchbox").fill("weather-009");
  await page.getByRole("option", { name: /weather-009 Online/ }).waitFor();
  await tell("state?id=weather-009&state=offline");
  await page.getByRole("option", { name: /weather-009 Offline/ }).waitFor();
  await page.getByRole("searchbox").fill("");
  await page.locator(".tiles").getByRole("button", { name: /Offline/ }).click();
  await page.getByRole("option", { name: /weather-009/ }).waitFor();
  await page.getByRole("button", { name: /Only Offline/ }).click();
}

async function isLoudAboutLoss({ page, tell, shot }) {
  await filled(page);
  await page.locator(".ledger", { hasText: "Nothing lost" }).waitFor();
  await tell("lose?readings=37");
  await page.locator(".ledger.loud", { hasText: "37 lost in the last hour" }).waitFor();
  await shot("lost");
}

async function saysWhatIsIll({ page, tell }) {
  await filled(page);
  await tell("ill");
  await page.getByRole("button", { name: "series is not well" }).click();
  await page.getByText("readings wait in the log").waitFor();
}

export const checks = [
  { title: "a lost frame is mended from the watermark", fakeOnly: true, act: mendsAHole },
  { title: "a device that goes offline is seen", fakeOnly: true, act: seesADeviceGo },
  { title: "a loss is loud", fakeOnly: true, act: isLoudAboutLoss },
  { title: "a part that is not well is named", fakeOnly: true, act: saysWhatIsIll },
  { title: "a lost connection is told and mended", fakeOnly: true, act: survivesABreak },
];

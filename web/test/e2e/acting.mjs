/* Commands on alerts: acknowledged, snoozed, resolved, refused, and signed with a name. */
import assert from "node:assert/strict";
import { filled } from "./look.mjs";

const row = (page, device, metric = "") => page.locator(".alerts li", { hasText: device }).filter({ hasText: metric }).first();

/** A fresh alert of one's own, so that no check depends on another. */
async function raised({ page, tell }, device, fields = "severity=major") {
  await filled(page);
  await page.getByRole("button", { name: "Active", exact: true }).click();
  await tell(`raise?device=${device}&metric=flow&message=planted&${fields}`);
  const found = row(page, device, "planted");
  await found.waitFor();
  return found;
}

async function acknowledges(t) {
  const alert = await raised(t, "pump-020");
  await alert.getByRole("button", { name: /Acknowledge/ }).click();
  await alert.getByText("Acknowledging…").waitFor();
  await alert.getByText("Acknowledged by Ada").waitFor();
  assert.equal(await alert.getByRole("button", { name: /Acknowledge/ }).count(), 0);
}

async function snoozes(t) {
  const alert = await raised(t, "pump-021");
  await alert.getByRole("button", { name: /Snooze/ }).click();
  await t.shot("snooze");
  await t.page.getByRole("button", { name: "1 hour" }).click();
  await alert.getByText(/Snoozed until/).waitFor();
  await alert.getByRole("button", { name: /Snooze/ }).click();
  await t.page.getByLabel("Until").fill("2001-01-01T00:00");
  await t.page.getByRole("button", { name: "Snooze", exact: true }).click();
  await t.page.getByText("still to come").waitFor();
  await t.page.getByLabel("Until").fill("2051-01-01T00:00");
  await t.page.getByRole("button", { name: "Snooze", exact: true }).click();
  await alert.getByText(/Snoozed until 1 Jan/).waitFor();
}

async function resolves(t) {
  const alert = await raised(t, "pump-022");
  await alert.getByRole("button", { name: /Resolve/ }).click();
  await alert.getByText(/^Cleared/).waitFor();
  await alert.waitFor({ state: "detached" });
  await t.page.getByRole("button", { name: "All", exact: true }).click();
  await row(t.page, "pump-022", "Cleared").waitFor();
}

async function isRefused(t) {
  const alert = await raised(t, "pump-023");
  await t.tell("refuse");
  await alert.getByRole("button", { name: /Resolve/ }).click();
  await alert.getByRole("alert").getByText(/no open alert/).waitFor();
  assert.equal(await alert.getByRole("button", { name: /Resolve/ }).count(), 1, "the command can be given again");
  await alert.getByRole("button", { name: "Dismiss" }).click();
  assert.equal(await alert.getByRole("alert").count(), 0);
}

async function asksForAName(t) {
  const alert = await raised(t, "pump-024");
  await alert.getByRole("button", { name: /Acknowledge/ }).click();
  await t.page.getByRole("dialog").getByRole("textbox").fill("Grace Hopper");
  await t.page.keyboard.press("Enter");
  await alert.getByText("Acknowledged by Grace Hopper").waitFor();
  assert.equal(await t.page.evaluate(() => localStorage.getItem("tidings.name")), "Grace Hopper");
}

async function showsOnTheChart(t) {
  const alert = await raised(t, "pump-025");
  await alert.locator(".where").click();
  await t.page.locator(".chart h2", { hasText: "pump-025" }).waitFor();
  await t.page.locator(".tabs [aria-pressed=true]", { hasText: "flow" }).waitFor();
}

async function tellsCritical(t) {
  await raised(t, "pump-026", "severity=critical");
  await t.page.locator("[aria-live=assertive]", { hasText: "pump-026" }).waitFor({ state: "attached" });
  await t.page.locator(".tiles .loud").waitFor();
}

/** On a platform that cannot be told to raise one: the first that is open, if there is any. */
async function acknowledgesAny({ page }) {
  await filled(page);
  const open = page.locator(".alerts li").filter({ has: page.getByRole("button", { name: /Acknowledge/ }) }).first();
  await open.waitFor({ timeout: 90_000 });
  const id = await open.getAttribute("data-alert");
  const alert = page.locator(`[data-alert="${id}"]`);
  await alert.getByRole("button", { name: /Acknowledge/ }).click();
  await alert.getByText(/Acknowledged by Ada|Cleared/).waitFor();
}

export const checks = [
  { title: "an open alert is acknowledged", act: acknowledgesAny },
  { title: "a planted alert is acknowledged", fakeOnly: true, act: acknowledges },
  { title: "an alert is snoozed", fakeOnly: true, act: snoozes },
  { title: "an alert is resolved", fakeOnly: true, act: resolves },
  { title: "a refused command says why", fakeOnly: true, act: isRefused },
  { title: "the first command asks for a name", fakeOnly: true, view: { name: "" }, act: asksForAName },
  { title: "an alert leads to its series", fakeOnly: true, act: showsOnTheChart },
  { title: "a critical alert is told aloud", fakeOnly: true, act: tellsCritical },
];

/* The page as it is first seen: filled, in both themes, on a desktop and on a phone, and clean by WCAG 2.2 AA. */
import assert from "node:assert/strict";
import { inked, overflow, wcag } from "./browser.mjs";

/** A platform that has just started shows its first device within a few seconds. */
export async function filled(page) {
  await page.locator(".connection", { hasText: "Live" }).waitFor();
  await page.locator(".chart .tabs button").first().waitFor({ timeout: 30_000 });
  await page.locator(".readout strong").waitFor();
  await page.locator(".devices [role=option]").first().waitFor();
  await page.waitForFunction(() => document.querySelector(".plot canvas"));
}

async function isFilled({ page, shot, url }) {
  const hosts = new Set();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await page.reload();
  await filled(page);
  await page.waitForTimeout(300);
  assert.ok((await inked(page)) > 500, "nothing is drawn on the chart");
  assert.match(await page.locator(".tiles").innerText(), /Devices\s+\d/);
  assert.deepEqual([...hosts], [new URL(url).host], "another host was asked");
  assert.equal(await overflow(page), 0);
}

const VIEWS = {
  "desktop light": { width: 1440, height: 900, colorScheme: "light" },
  "desktop dark": { width: 1440, height: 900, colorScheme: "dark" },
  phone: { width: 375, height: 812, colorScheme: "dark" },
  narrow: { width: 320, height: 640, colorScheme: "light" },
  tablet: { width: 820, height: 1100, colorScheme: "dark" },
};

/** By WCAG 2.2 AA where the layout is one of its own; the two sizes between are looked at for their width. */
async function isClean({ page, shot }, name) {
  const { width, height, colorScheme } = VIEWS[name];
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme });
  await filled(page);
  await page.waitForTimeout(300);
  if (width !== 320 && width !== 820) assert.deepEqual(await wcag(page), []);
  assert.equal(await overflow(page), 0, "the page is wider than the window");
  await shot(name);
}

async function textStaysText({ page }) {
  await filled(page);
  await page.getByRole("searchbox").fill("pump-001");
  await page.getByRole("option", { name: /pump-001/ }).click();
  await page.locator(".chart header").getByText('<img src=x onerror="document.title=').waitFor();
  await page.locator(".alerts").getByText("message with <b>markup</b>").waitFor();
  assert.equal(await page.title(), "Tidings");
  assert.equal(await page.locator(".chart img, .devices img, .alerts b").count(), 0);
}

async function stepsBack({ page, url }) {
  await filled(page);
  await page.goto(`${url}/#/nowhere`);
  await page.getByText("There is no such view").waitFor();
  await page.getByRole("button", { name: "To the overview" }).click();
  await filled(page);
}

export const checks = [
  { title: "the page fills itself from one host", act: isFilled },
  ...Object.keys(VIEWS).map((name) => ({ title: `clean and no wider than the window: ${name}`, act: (t) => isClean(t, name) })),
  { title: "text of a device is never markup", fakeOnly: true, view: {}, act: textStaysText },
  { title: "an address that leads nowhere says so", act: stepsBack },
];

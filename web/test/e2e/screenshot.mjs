/* The picture of the README: `node test/e2e/screenshot.mjs ../docs/dashboard.png [--url http://127.0.0.1:8080] [--path "/#/?device=…"]`.
   Without --url a fake platform is started. */
import { parseArgs } from "node:util";
import { startFake } from "../fake/server.mjs";
import { launch, open } from "./browser.mjs";
import { filled } from "./look.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: "string" }, path: { type: "string", default: "/" }, scheme: { type: "string", default: "dark" } },
});
const fake = values.url ? null : await startFake();
const browser = await launch();
const { page, close } = await open(browser, (values.url ?? fake.url) + values.path, { scheme: values.scheme, width: 1440, height: 900 });
await filled(page);
await page.waitForTimeout(3000);
await page.screenshot({ path: positionals[0] ?? "dashboard.png" });
await close();
await browser.close();
await fake?.stop();

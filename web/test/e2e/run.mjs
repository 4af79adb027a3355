/* The page in a real Chromium, check by check: `npm run e2e [-- --url http://127.0.0.1:8080] [--files live,chart] [--only WORD] [--shots FOLDER]
   [--browser PATH]`.
   Without --url (or TIDINGS_URL) fake platforms are started; checks that must break things on purpose run only there.
   The checks of a file share a fake and a page, in their order, but for those that ask for their own. Exit 1: one failed. */
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { startFake } from "../fake/server.mjs";
import { launch, open } from "./browser.mjs";
import * as acting from "./acting.mjs";
import * as chart from "./chart.mjs";
import * as keys from "./keys.mjs";
import * as live from "./live.mjs";
import * as look from "./look.mjs";
import * as states from "./states.mjs";

const { values } = parseArgs({ options: { url: { type: "string" }, only: { type: "string" }, files: { type: "string" }, shots: { type: "string" }, browser: { type: "string" } } });
const given = values.url ?? process.env.TIDINGS_URL;
if (values.shots) mkdirSync(values.shots, { recursive: true });

const wanted = ({ title, fakeOnly, own }) => !((fakeOnly || own) && given) && (!values.only || title.includes(values.only));

/** One file's checks, in turn. fakeOnly: needs a platform that can be broken; own: one of its own, with these settings; view: a page of its own. */
class Turn {
  failed = 0;
  #browser;
  #fake = null;
  #shared = null;

  constructor(browser) {
    this.#browser = browser;
  }

  async run(checks) {
    for (const check of checks) {
      const began = Date.now();
      const error = await (check.own || check.view ? this.#apart(check) : this.#together(check)).catch((failure) => failure);
      console.log(`${error ? "FAILED" : "ok    "} ${check.title} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
      if (error) console.log(`       ${error.message.split("\n").slice(0, 14).join("\n       ")}`);
      this.failed += error ? 1 : 0;
    }
    await this.#shared?.close();
    await this.#fake?.stop();
  }

  async #url() {
    if (given) return given;
    this.#fake ??= await startFake();
    return this.#fake.url;
  }

  /** A page that a check has failed on is not used again. */
  async #together(check) {
    const url = await this.#url();
    this.#shared ??= await open(this.#browser, `${url}/`);
    const error = await attempt(url, this.#shared, check);
    if (!error) return null;
    await this.#shared.close();
    this.#shared = null;
    return error;
  }

  async #apart(check) {
    const fake = check.own ? await startFake(check.own) : null;
    const url = fake?.url ?? (await this.#url());
    const opened = await open(this.#browser, `${url}/`, check.view);
    const error = await attempt(url, opened, check);
    await opened.close();
    await fake?.stop();
    return error;
  }
}

/** Resolves to what went wrong, or null. */
async function attempt(url, { page, errors }, { title, act }) {
  const tell = async (what) => (await (await fetch(`${url}/fake/${what}`)).json()).result;
  const shot = (name) => values.shots && page.screenshot({ path: `${values.shots}/${name}.png` });
  errors.length = 0;
  try {
    await act({ page, url, tell, shot });
    if (errors.length) throw new Error(`on the console: ${errors.join("; ")}`);
    return null;
  } catch (error) {
    await shot(`failed ${title}`);
    return error;
  }
}

/** Files in two lanes: most of a check is waiting. */
async function lane(browser, files) {
  let failed = 0;
  for (let file = files.shift(); file; file = files.shift()) {
    const turn = new Turn(browser);
    await turn.run(file.checks.filter(wanted));
    failed += turn.failed;
  }
  return failed;
}

const browser = await launch(values.browser);
const named = { live, acting, chart, look, keys, states };
const files = (values.files?.split(",") ?? Object.keys(named)).map((name) => named[name]);
const failed = (await Promise.all([lane(browser, files), lane(browser, files)])).reduce((sum, n) => sum + n, 0);
await browser.close();
console.log(failed ? `${failed} failed` : "all passed");
process.exit(failed ? 1 : 0);

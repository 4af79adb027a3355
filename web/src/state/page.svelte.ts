/* Everything the page holds, wired once. Made by main.ts; the parts reach it through `getPage`. */
import { createContext } from "svelte";
import { LogClock } from "../clock";
import { RouteState } from "../route.svelte";
import type { Alert } from "../wire/documents";
import { Api } from "../wire/api";
import { Endpoints } from "../wire/endpoints";
import { Live } from "../wire/live.svelte";
import { Alerts } from "./alerts.svelte";
import { Announcer } from "./announcer.svelte";
import { Chart } from "./chart.svelte";
import { Fleet } from "./fleet.svelte";
import { LedgerState } from "./ledger.svelte";
import { Preferences } from "./preferences.svelte";
import { Session } from "./session.svelte";
import { StatusState } from "./status.svelte";

export type DialogName = "help" | "name" | null;

/** seconds between attempts to ask again for what failed */
const RETRY = 10;

export class Page {
  readonly route = new RouteState();
  readonly session = new Session();
  readonly preferences = new Preferences();
  readonly announcer = new Announcer();
  readonly clock = new LogClock();
  readonly live = new Live(() => this.session.token, this.session.refuse);
  readonly endpoints = new Endpoints(new Api(() => this.session.token, this.session.refuse));
  readonly status = new StatusState(this.endpoints, this.clock, () => this.session.needed, this.live);
  readonly fleet = new Fleet(this.endpoints, this.live);
  readonly alerts = new Alerts(this.endpoints, this.clock, this.announcer, this.live);
  readonly ledger = new LedgerState(this.endpoints, this.clock, this.live);
  readonly chart = new Chart(this.endpoints, this.clock, this.live, this.fleet);

  dialog: DialogName = $state(null);
  /** the log's clock, renewed once a second: ages are measured from here */
  now = $state(Date.now());
  /** the browser's clock, renewed with it */
  wall = $state(Date.now());
  #ticks = 0;
  #afterName: ((name: string) => void) | null = null;

  start(): () => void {
    void this.load();
    const stop = this.status.start();
    const timer = setInterval(() => this.#tick(), 1000);
    return () => {
      stop();
      clearInterval(timer);
    };
  }

  async load(): Promise<void> {
    await this.status.load();
    if (this.session.needed) return;
    this.now = this.clock.now();
    void this.chart.loadRules();
    if (this.live.connection !== "live") void this.live.connect();
    await Promise.all([this.fleet.load(), this.alerts.load(), this.ledger.load()]);
  }

  acceptToken(token: string): void {
    this.session.accept(token);
    void this.load();
  }

  /** Gives the name that signs commands; asks for it the first time. */
  withName(act: (name: string) => void): void {
    if (this.preferences.name) {
      act(this.preferences.name);
      return;
    }
    this.#afterName = act;
    this.dialog = "name";
  }

  acknowledge(alert: Alert): void {
    if (alert.state !== "active" || alert.acknowledged || this.alerts.pending.open[alert.id]) return;
    this.withName((name) => void this.alerts.send(alert, "acknowledge", name));
  }

  nameGiven(name: string): void {
    this.preferences.setName(name);
    this.dialog = null;
    if (this.preferences.name) this.#afterName?.(this.preferences.name);
    this.#afterName = null;
  }

  closeDialog = (): void => {
    this.dialog = null;
    this.#afterName = null;
  };

  #tick(): void {
    this.now = this.clock.now();
    this.wall = Date.now();
    this.alerts.tick();
    this.chart.tick();
    this.#ticks += 1;
    if (this.#ticks % RETRY === 0 && !this.session.needed) this.#retry();
  }

  /** What failed is asked for again, without anybody pressing a button. */
  #retry(): void {
    for (const list of [this.fleet, this.alerts, this.ledger]) {
      if (list.loading.problem && !list.loading.busy) void list.load();
    }
    this.chart.retry();
  }
}

export const [getPage, setPage] = createContext<Page>();

/* The alerts of the tenant, asked as a list and kept up to date by the live channel. One per page. */
import type { LogClock } from "../clock";
import { toMs } from "../format";
import { type Alert, type AlertEvent, type List, SEVERITIES } from "../wire/documents";
import type { Command, Endpoints } from "../wire/endpoints";
import type { Live } from "../wire/live.svelte";
import type { Announcer } from "./announcer.svelte";
import { Loading } from "./loading.svelte";
import { PendingCommands } from "./pending.svelte";

export type AlertFilter = "active" | "all";

/** a cleared alert stays this long in the list of active ones, so that it does not vanish under the pointer */
const LINGER = 6000;

export class Alerts {
  readonly loading = new Loading<Alert[]>();
  readonly pending = new PendingCommands();
  filter: AlertFilter = $state("active");
  next: string | null = $state(null);
  /** told while the list was being asked for, so perhaps not in it */
  #meanwhile: Alert[] = [];
  #lingering: ReadonlySet<string> = $state.raw(new Set<string>());

  constructor(
    private readonly endpoints: Endpoints,
    private readonly clock: LogClock,
    private readonly announcer: Announcer,
    live: Live,
  ) {
    live.on("alert", (event) => this.#told(event));
    live.on("rejected", (event) => this.pending.refused(event));
    live.on("resumed", () => void this.load());
  }

  readonly shown: Alert[] = $derived.by(() => {
    const all = this.loading.value ?? [];
    if (this.filter === "all") return all.toSorted(newestFirst);
    const active = all.filter((alert) => alert.state === "active" || this.#lingering.has(alert.id));
    return active.toSorted((a, b) => this.#rank(a) - this.#rank(b) || newestFirst(a, b));
  });

  snoozed(alert: Alert): boolean {
    return (toMs(alert.snoozed_until) ?? 0) > this.clock.now();
  }

  setFilter(filter: AlertFilter): void {
    if (filter === this.filter) return;
    this.filter = filter;
    this.loading.clear();
    void this.load();
  }

  load = async (): Promise<void> => {
    this.#meanwhile = [];
    const held = this.loading.value ?? [];
    await this.loading.run(async () => merged(this.#meanwhile, merged(await this.#page(null), held, this.filter), "all"));
  };

  more = async (): Promise<void> => {
    const held = this.loading.value ?? [];
    await this.loading.run(async () => merged([...held, ...(await this.#page(this.next))], held, this.filter));
  };

  async send(alert: Alert, command: Command, by: string, until?: string): Promise<void> {
    this.pending.begin(alert, command);
    try {
      this.pending.receipt(alert.id, await this.endpoints.command(alert, command, by, until));
    } catch (error) {
      this.pending.fail(alert.id, error instanceof Error ? error.message : String(error));
    }
  }

  /** Called once a second by the page. */
  tick(): void {
    if (this.pending.giveUp()) void this.load();
  }

  async #page(cursor: string | null): Promise<Alert[]> {
    const page: List<Alert> = await this.endpoints.alerts(this.filter === "active" ? "active" : null, cursor);
    this.next = page.next;
    this.pending.listed(page.items);
    return page.items;
  }

  #rank(alert: Alert): number {
    return SEVERITIES.indexOf(alert.severity) + (this.snoozed(alert) ? 10 : 0);
  }

  #told(event: AlertEvent): void {
    this.pending.told(event);
    const { verb, command: _, ...alert } = event;
    const held = this.loading.value;
    if (this.loading.busy) this.#meanwhile.push(alert);
    if (held) this.loading.set(merged([alert], held, "all"));
    if (verb === "raised") this.#announce(alert);
    if (verb === "cleared") this.#linger(alert.id);
  }

  #announce(alert: Alert): void {
    const text = `New ${alert.severity} alert, ${alert.device}: ${alert.message}`;
    if (alert.severity === "critical") this.announcer.warn(text);
    else this.announcer.say(text);
  }

  #linger(id: string): void {
    this.#lingering = new Set([...this.#lingering, id]);
    setTimeout(() => (this.#lingering = new Set([...this.#lingering].filter((one) => one !== id))), LINGER);
  }
}

/** One document an id, the one of the higher version. A new list of active alerts says by omission which have ended. */
function merged(fresh: Alert[], held: Alert[], filter: AlertFilter): Alert[] {
  const listed = new Map(fresh.map((alert) => [alert.id, alert]));
  for (const alert of held) {
    const now = listed.get(alert.id);
    if (now ? alert.version > now.version : filter === "all") listed.set(alert.id, alert);
  }
  return [...listed.values()];
}

const newestFirst = (a: Alert, b: Alert): number => Date.parse(b.raised_at) - Date.parse(a.raised_at);

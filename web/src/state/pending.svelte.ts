/* Commands on alerts that were sent and whose effect has not been seen. Used by alerts.svelte.ts.
   A command goes through the platform's inbox: the request is only a receipt, the alert's next event (or a refusal) is the answer,
   and either may overtake the receipt. */
import type { Alert, AlertEvent, AlertVerb, Rejected } from "../wire/documents";
import type { Command } from "../wire/endpoints";

export interface Pending {
  command: Command;
  /** null until the receipt has come */
  id: string | null;
  device: string;
  metric: string | null;
  version: number;
  /** browser's time of sending */
  since: number;
}

const EFFECT: Record<Command, AlertVerb> = { acknowledge: "acknowledged", snooze: "snoozed", resolve: "cleared" };
const GIVE_UP = 15_000;
const REMEMBERED = 50;

export class PendingCommands {
  open: Readonly<Record<string, Pending>> = $state.raw({});
  /** why a command came to nothing, by alert */
  notices: Readonly<Record<string, string>> = $state.raw({});
  readonly #refused = new Map<string, string>();

  constructor(private readonly wall: () => number = Date.now) {}

  begin(alert: Alert, command: Command): void {
    const { device, metric, version } = alert;
    this.dismiss(alert.id);
    this.#pend(alert.id, { command, id: null, device, metric, version, since: this.wall() });
  }

  receipt(alert: string, id: string): void {
    const pending = this.open[alert];
    if (!pending) return;
    const refusal = this.#refused.get(id);
    if (refusal !== undefined) this.fail(alert, refusal);
    else this.#pend(alert, { ...pending, id });
  }

  fail(alert: string, reason: string): void {
    this.#end(alert);
    this.notices = { ...this.notices, [alert]: reason };
  }

  dismiss(alert: string): void {
    this.notices = without(this.notices, alert);
  }

  told(event: AlertEvent): void {
    const pending = this.open[event.id];
    if (!pending) return;
    const mine = event.command && event.command === pending.id;
    if (mine || (event.verb === EFFECT[pending.command] && event.version > pending.version)) this.#end(event.id);
  }

  refused(event: Rejected): void {
    const reason = event.reason === "no_open_alert" ? "The platform holds no open alert for this any more." : `${event.reason}: ${event.detail}`;
    if (event.command) this.#remember(event.command, reason);
    for (const [alert, pending] of Object.entries(this.open)) {
      const named = event.command ? event.command === pending.id : event.reason === "no_open_alert";
      const same = event.device === pending.device && (!event.metric || event.metric === pending.metric);
      if (named && (event.command || same)) this.fail(alert, reason);
    }
  }

  /** Documents asked for anew may show an effect whose event was missed. */
  listed(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const pending = this.open[alert.id];
      if (pending && alert.version > pending.version && shows(alert, pending.command)) this.#end(alert.id);
    }
  }

  /** Ends what nobody answered; true when there was any. */
  giveUp(): boolean {
    let any = false;
    for (const [alert, pending] of Object.entries(this.open)) {
      if (this.wall() - pending.since < GIVE_UP) continue;
      this.fail(alert, `Not confirmed within ${GIVE_UP / 1000} s. It may still take effect; the list is asked for again.`);
      any = true;
    }
    return any;
  }

  #pend(alert: string, pending: Pending): void {
    this.open = { ...this.open, [alert]: pending };
  }

  #end(alert: string): void {
    this.open = without(this.open, alert);
  }

  #remember(command: string, reason: string): void {
    this.#refused.set(command, reason);
    const oldest = this.#refused.keys().next().value;
    if (this.#refused.size > REMEMBERED && oldest !== undefined) this.#refused.delete(oldest);
  }
}

function shows(alert: Alert, command: Command): boolean {
  if (command === "acknowledge") return alert.acknowledged !== null;
  if (command === "snooze") return alert.snoozed_until !== null;
  return alert.state === "cleared";
}

function without<T>(all: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> {
  const { [name]: _, ...rest } = all;
  return rest;
}

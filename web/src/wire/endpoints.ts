/* What the page asks the platform, by name. One per page; used by the state classes. */
import type { Api } from "./api";
import type { Alert, Anomaly, Device, LedgerRow, List, Metric, Rule, SeriesAnswer, Status } from "./documents";

export type Command = "acknowledge" | "snooze" | "resolve";

export interface SeriesQuery {
  device: string;
  metrics: readonly string[];
  from: number;
  to: number;
  px: number;
}

export class Endpoints {
  constructor(private readonly api: Api) {}

  status = (): Promise<Status> => this.api.get("status");

  devices = (cursor: string | null, limit: number): Promise<List<Device>> => this.api.get("devices", { cursor, limit });

  metrics = async (device: string, signal: AbortSignal): Promise<Metric[]> =>
    (await this.api.get<List<Metric>>("metrics", { device }, signal)).items;

  series = (q: SeriesQuery, signal?: AbortSignal): Promise<SeriesAnswer> =>
    this.api.get(
      "series",
      { devices: q.device, metrics: q.metrics.join(","), from: Math.floor(q.from), to: Math.ceil(q.to), px: q.px },
      signal,
    );

  alerts = (state: "active" | null, cursor: string | null): Promise<List<Alert>> =>
    this.api.get("alerts", { state, cursor, limit: 100 });

  anomalies = (device: string, metric: string, from: number, to: number, signal: AbortSignal): Promise<List<Anomaly>> =>
    this.api.get("anomalies", { device, metric, from: Math.floor(from), to: Math.ceil(to), limit: 500 }, signal);

  rules = (): Promise<List<Rule>> => this.api.get("rules");

  ledger = (from: number, to: number): Promise<List<LedgerRow>> =>
    this.api.get("ledger", { from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: 10_000 });

  /** Sends a command through the inbox; its effect comes with the alert's next event. Returns the command's id. */
  command = async (alert: Alert, command: Command, by: string, until?: string): Promise<string> => {
    const body = { device: alert.device, by, ...(until === undefined ? {} : { until }) };
    const path = `alerts/${encodeURIComponent(alert.id)}/${command}`;
    return (await this.api.ask<{ command: string }>(path, { method: "POST", body })).body.command;
  };
}

/* The shapes that travel between platform and page: /api/v1 documents and the live channel's events.
   Times in documents are RFC 3339 strings; times in columns are Unix milliseconds. */

export type DeviceState = "online" | "offline" | "never_seen" | "disabled";
export type Severity = "critical" | "major" | "minor" | "warning";

export const DEVICE_STATES: readonly DeviceState[] = ["online", "offline", "never_seen", "disabled"];
export const SEVERITIES: readonly Severity[] = ["critical", "major", "minor", "warning"];

export interface List<T> {
  items: T[];
  next: string | null;
}

export interface Device {
  id: string;
  name?: string | null;
  profile?: string | null;
  tags?: Record<string, string>;
  state: DeviceState;
  last_received?: string | null;
  last_time?: string | null;
}

export interface DeviceChange {
  id: string;
  state: DeviceState;
  last_received?: string | null;
  last_time?: string | null;
}

export interface Metric {
  name: string;
  /** UCUM */
  unit?: string | null;
  /** how many are worth showing */
  decimals?: number | null;
}

export interface Alert {
  id: string;
  rule: string;
  device: string;
  metric: string | null;
  severity: Severity;
  state: "active" | "cleared";
  acknowledged: { by: string; at: string } | null;
  snoozed_until: string | null;
  raised_at: string;
  updated_at: string | null;
  cleared_at: string | null;
  value: number | null;
  threshold: number | null;
  peak: number | null;
  count: number;
  version: number;
  message: string;
}

export type AlertVerb = "raised" | "updated" | "acknowledged" | "snoozed" | "cleared";
export type AlertEvent = Alert & { verb: AlertVerb; command?: string | null };

export interface Anomaly {
  id: string;
  device: string;
  metric: string;
  detector: string;
  state: "open" | "closed";
  start: string;
  end: string | null;
  peak: number | null;
  peak_time: string | null;
  score: number | null;
  expected: [number, number] | null;
  version: number;
}

export type AnomalyEvent = Anomaly & { verb: "opened" | "updated" | "closed" };

export interface Rejected {
  device: string;
  metric: string | null;
  reason: string;
  detail: string;
  command?: string | null;
}

export interface LedgerRow {
  minute: string;
  stage: string;
  shard: number;
  in: number;
  out: number;
  rejected: Record<string, number>;
  duplicates: number;
  revised: number;
  late: number;
  lost: number;
  in_flight?: number | null;
}

export interface Health {
  ok: boolean;
  parts: Record<string, string>;
  log_bytes?: number;
}

export interface Status {
  version: string;
  tenant: string;
  shards: number;
  devices: Record<DeviceState | "total", number>;
  alerts: { active: Partial<Record<Severity, number>> };
  rate: number | null;
  log_bytes: number | null;
  clock: number | null;
  health: Health;
}

export interface Rule {
  id: string;
  name?: string;
  enabled?: boolean;
  severity: Severity;
  scope?: { devices?: string[]; profiles?: string[]; tags?: Record<string, string> };
  metric?: string | null;
  when: { kind: string; op?: string; value?: number; clear?: number };
}

type Column = (number | null)[];

export interface SeriesRaw {
  id: string;
  device: string;
  metric: string;
  unit?: string | null;
  t: number[];
  v: Column;
}

export interface SeriesBuckets {
  id: string;
  device: string;
  metric: string;
  unit?: string | null;
  first: Column;
  min: Column;
  max: Column;
  last: Column;
  count: Column;
}

export interface SeriesAnswer {
  from: number;
  to: number;
  t0: number;
  step: number;
  n: number;
  source: string;
  watermark: Record<string, number | null>;
  partial: boolean;
  series: (SeriesRaw | SeriesBuckets)[];
}

export interface Channel {
  ch: number;
  device: string;
  metric: string;
}

export type SubAck =
  | { ok: true; channels: Channel[]; watermark: Record<string, number | null> }
  | { ok: false; error: string };

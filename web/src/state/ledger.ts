/* The ledger's rows summed over shards: one entry a minute and stage. Pure; ledger.svelte.ts keeps the rows. */
import type { LedgerRow } from "../wire/documents";

export interface Sums {
  in: number;
  out: number;
  rejected: number;
  reasons: Record<string, number>;
  duplicates: number;
  revised: number;
  late: number;
  lost: number;
}

export interface Minute {
  minute: string;
  stages: Map<string, Sums>;
}

/** The order in which readings pass; stages not named here follow, by name. */
const ORDER = ["validate", "score", "alert", "record", "archive"];
const GATE = "validate";

export function byMinute(rows: Iterable<LedgerRow>): Minute[] {
  const minutes = new Map<string, Minute>();
  for (const row of rows) {
    const minute = minutes.get(row.minute) ?? { minute: row.minute, stages: new Map<string, Sums>() };
    minutes.set(row.minute, minute);
    minute.stages.set(row.stage, added(minute.stages.get(row.stage) ?? nothing(), row));
  }
  return [...minutes.values()].sort((a, b) => Date.parse(a.minute) - Date.parse(b.minute));
}

function nothing(): Sums {
  return { in: 0, out: 0, rejected: 0, reasons: {}, duplicates: 0, revised: 0, late: 0, lost: 0 };
}

function added(sums: Sums, row: LedgerRow): Sums {
  for (const [reason, n] of Object.entries(row.rejected)) {
    sums.rejected += n;
    sums.reasons[reason] = (sums.reasons[reason] ?? 0) + n;
  }
  sums.in += row.in;
  sums.out += row.out;
  sums.duplicates += row.duplicates;
  sums.revised += row.revised;
  sums.late += row.late;
  sums.lost += row.lost;
  return sums;
}

/** What the gate (validate) counted, with what any stage rejected or lost. */
export function total(minute: Minute): Sums {
  const gate = minute.stages.get(GATE) ?? nothing();
  const whole = { ...gate, reasons: { ...gate.reasons } };
  for (const [stage, sums] of minute.stages) {
    if (stage === GATE) continue;
    whole.lost += sums.lost;
    whole.rejected += sums.rejected;
    for (const [reason, n] of Object.entries(sums.reasons)) whole.reasons[reason] = (whole.reasons[reason] ?? 0) + n;
  }
  return whole;
}

/** What the gate gave out and a stage has not taken in; null at the gate itself, or while either has not counted. */
export function inFlight(minute: Minute, stage: string): number | null {
  const [gate, sums] = [minute.stages.get(GATE), minute.stages.get(stage)];
  return stage === GATE || !gate || !sums ? null : gate.out - sums.in;
}

/** The newest minute the gate has counted; null when there is none. */
export function lastCounted(minutes: readonly Minute[]): Minute | null {
  return minutes.findLast((minute) => minute.stages.has(GATE)) ?? null;
}

export function stagesOf(minutes: readonly Minute[]): string[] {
  const seen = new Set(minutes.flatMap((minute) => [...minute.stages.keys()]));
  const rest = [...seen].filter((stage) => !ORDER.includes(stage)).sort();
  return [...ORDER.filter((stage) => seen.has(stage)), ...rest];
}

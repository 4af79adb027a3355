import { describe, expect, it } from "vitest";
import { byMinute, inFlight, lastCounted, stagesOf, total } from "../../src/state/ledger";
import type { LedgerRow } from "../../src/wire/documents";

const row = (minute: number, stage: string, shard: number, fields: Partial<LedgerRow> = {}): LedgerRow => ({
  minute: `2026-11-24T12:0${minute}:00Z`, stage, shard, in: 10, out: 9, rejected: {}, duplicates: 0, revised: 0, late: 0, lost: 0, in_flight: 0, ...fields,
});

describe("the ledger", () => {
  it("sums shards, and what any stage rejected or lost", () => {
    const [minute] = byMinute([
      row(1, "validate", 0, { rejected: { out_of_range: 1 }, lost: 2 }),
      row(1, "validate", 1, { rejected: { out_of_range: 1, empty: 3 }, duplicates: 4 }),
      row(1, "record", 0, { rejected: { refused: 5 }, lost: 1 }),
    ]);
    const sums = total(minute!);
    expect(sums).toMatchObject({ in: 20, out: 18, rejected: 10, duplicates: 4, lost: 3 });
    expect(sums.reasons).toEqual({ out_of_range: 2, empty: 3, refused: 5 });
    expect(minute!.stages.get("record")?.lost).toBe(1);
    expect(inFlight(minute!, "record")).toBe(8);
    expect([inFlight(minute!, "validate"), inFlight(minute!, "archive")]).toEqual([null, null]);
  });

  it("shows the newest minute that the gate has counted", () => {
    const minutes = byMinute([row(3, "score", 0), row(2, "validate", 0), row(1, "validate", 0)]);
    expect(lastCounted(minutes)?.minute).toContain("12:02");
    expect(lastCounted([])).toBeNull();
  });

  it("names the stages in the order readings pass them", () => {
    const minutes = byMinute(["count", "archive", "alert", "validate"].map((stage) => row(1, stage, 0)));
    expect(stagesOf(minutes)).toEqual(["validate", "alert", "archive", "count"]);
  });
});

import { describe, expect, it } from "vitest";
import { LogClock } from "../../src/clock";
import { levelsFor } from "../../src/series/rules";
import { steadyRange } from "../../src/series/scale";
import { SLOT, Spark } from "../../src/series/spark";
import { View } from "../../src/state/view.svelte";
import type { Device, Rule } from "../../src/wire/documents";

describe("steadyRange", () => {
  it("stands still while the data fit and fill it", () => {
    const first = steadyRange(null, 0, 10);
    expect(first[0]).toBeCloseTo(-0.8);
    expect(steadyRange(first, 1, 9.5)).toEqual(first);
    expect(steadyRange(first, 0, 11)).not.toEqual(first);
    expect(steadyRange(first, 4, 6)).not.toEqual(first);
  });

  it("keeps near levels in view and lets far ones go", () => {
    expect(steadyRange(null, 0, 10, [15])[1]).toBeGreaterThan(15);
    expect(steadyRange(null, 0, 10, [150])[1]).toBeLessThan(11);
  });

  it("has a height for a line that is flat, at zero too", () => {
    for (const value of [0, 5, -3]) {
      const [low, high] = steadyRange(null, value, value);
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
    }
  });
});

describe("levelsFor", () => {
  const device: Device = { id: "pump-1", profile: "pump", tags: { site: "north" }, state: "online" };
  const rule = (fields: Partial<Rule>): Rule => ({
    id: "r", severity: "major", metric: "temperature", when: { kind: "threshold", op: ">=", value: 8, clear: 6 }, ...fields,
  });
  const applies = (fields: Partial<Rule>): boolean => levelsFor([rule(fields)], device, "pump-1", "temperature").length === 1;

  it("names sign, value and rule", () => {
    expect(levelsFor([rule({ name: "Too warm" })], device, "pump-1", "temperature")).toEqual([
      { value: 8, severity: "major", sign: "≥ 8", rule: "Too warm", clear: 6 },
    ]);
  });

  it("obeys metric patterns and every part of the scope", () => {
    expect(applies({ metric: "temp*" })).toBe(true);
    expect(applies({ metric: "temp" })).toBe(false);
    expect(applies({ scope: { devices: ["pump-*"], profiles: ["pump"], tags: { site: "north" } } })).toBe(true);
    expect(applies({ scope: { devices: ["pump.1"] } })).toBe(false);
    expect(applies({ scope: { profiles: ["cold-room"] } })).toBe(false);
    expect(applies({ scope: { tags: { site: "south" } } })).toBe(false);
  });

  it("draws no level for rules that are off or of another kind", () => {
    expect(applies({ enabled: false })).toBe(false);
    expect(applies({ when: { kind: "rate", op: ">", value: 3 } })).toBe(false);
  });
});

describe("Spark", () => {
  it("draws the last value of each step, and breaks where nothing came for long", () => {
    const spark = new Spark();
    spark.push(10 * SLOT, 0);
    spark.push(10 * SLOT + 1, 4);
    spark.push(11 * SLOT, 0);
    spark.push(30 * SLOT, 2);
    spark.push(29 * SLOT, 9);
    expect(spark.last).toEqual({ t: 30 * SLOT, v: 2 });
    const path = spark.path(60 * SLOT, 59, 20);
    expect(path.match(/M/g)).toHaveLength(2);
    expect(new Spark().path(60 * SLOT, 59, 20)).toBe("");
  });
});

describe("View", () => {
  const newView = (newest = 0): { view: View; changes: number[] } => {
    const changes: number[] = [];
    return { view: new View(new LogClock(() => 1_000_000_000), () => newest, () => changes.push(1)), changes };
  };

  it("slides with the clock, or with a reading a little ahead of it", () => {
    expect(newView().view.window()[1]).toBe(1_000_000_000);
    expect(newView(1_000_005_000).view.window()[1]).toBe(1_000_005_000);
    expect(newView(1_900_000_000).view.window()[1]).toBe(1_000_000_000);
  });

  it("stands still when paused, moves and zooms, and returns", () => {
    const { view, changes } = newView();
    view.toggle();
    const [from, to] = view.window();
    view.shift(-1);
    expect(view.window()).toEqual([from - (to - from) / 2, to - (to - from) / 2]);
    view.zoom(0.5);
    expect(view.window()[1] - view.window()[0]).toBe((to - from) / 2);
    view.resume();
    expect(view.live).toBe(true);
    expect(changes).toHaveLength(3);
  });

  it("never shows less than ten seconds", () => {
    const { view } = newView();
    view.fix(0, 5);
    expect(view.window()[1] - view.window()[0]).toBe(10_000);
  });
});

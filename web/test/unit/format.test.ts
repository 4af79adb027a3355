import { describe, expect, it } from "vitest";
import { age, ago, bytes, clipped, number, toMs, unitText, withUnit } from "../../src/format";

describe("what people read", () => {
  it.each([
    [21.456, "21.46"],
    [0, "0"],
    [-0.5, "-0.5"],
    [1234.5, "1,235"],
    [0.00001, "1E-5"],
    [null, "–"],
    [Number.NaN, "–"],
  ])("writes %j as %s", (value, text) => {
    expect(number(value)).toBe(text);
  });

  it("writes sizes, ages and units", () => {
    expect(bytes(1_234_000_000)).toEqual(["1.23", "GB"]);
    expect(bytes(0)).toEqual(["0", "B"]);
    expect(bytes(null)).toEqual(["–", ""]);
    expect([age(-5), age(999), age(59_000), age(3_599_000), age(90_000_000)]).toEqual(["now", "now", "59 s", "59 min", "1 d"]);
    expect([ago(0), ago(2000)]).toEqual(["now", "2 s ago"]);
    expect([withUnit(3, { unit: "bar", decimals: 2 }), withUnit(3, {})]).toEqual(["3.00 bar", "3"]);
  });

  it("reads times with microseconds, and nothing as nothing", () => {
    expect(toMs("2026-11-24T12:00:00.123456Z")).toBe(Date.UTC(2026, 10, 24, 12, 0, 0, 123));
    expect([toMs(null), toMs(""), toMs("soon")]).toEqual([null, null, null]);
  });

  it("writes UCUM codes as people do", () => {
    expect(["Cel", "m3/h", "1", "kW", "m/s2", "[ppm]", null].map(unitText)).toEqual(["°C", "m³/h", "", "kW", "m/s²", "ppm", ""]);
  });

  it("cuts long text in the middle", () => {
    expect(clipped("short", 10)).toBe("short");
    expect(clipped("a".repeat(30) + "end", 11)).toHaveLength(11);
    expect(clipped("a".repeat(30) + "end", 11)).toMatch(/^a+…aaend$/);
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import { PendingCommands } from "../../src/state/pending.svelte";
import type { Alert, AlertEvent, AlertVerb } from "../../src/wire/documents";

const alert: Alert = {
  id: "a", rule: "r", device: "d", metric: "m", severity: "major", state: "active", acknowledged: null, snoozed_until: null,
  raised_at: "2026-11-24T12:00:00Z", updated_at: null, cleared_at: null, value: 1, threshold: 1, peak: 1, count: 1, version: 4, message: "",
};
const event = (verb: AlertVerb, version: number, command?: string): AlertEvent => ({ ...alert, version, verb, ...(command ? { command } : {}) });
const refusal = (command?: string, metric = "m") => ({ device: "d", metric, reason: "no_open_alert", detail: "", ...(command ? { command } : {}) });

let wall = 0;
let pending: PendingCommands;

beforeEach(() => {
  wall = 1000;
  pending = new PendingCommands(() => wall);
  pending.begin(alert, "acknowledge");
});

const isOpen = (): boolean => "a" in pending.open;

describe("a command", () => {
  it("is pending until the event that carries it", () => {
    pending.receipt("a", "c1");
    pending.told(event("updated", 5));
    expect(isOpen()).toBe(true);
    pending.told(event("acknowledged", 6, "c1"));
    expect(isOpen()).toBe(false);
    expect(pending.notices).toEqual({});
  });

  it("ends with its effect even when the event overtakes the receipt", () => {
    pending.told(event("acknowledged", 5));
    expect(isOpen()).toBe(false);
    pending.receipt("a", "c1");
    expect(isOpen()).toBe(false);
  });

  it("is not ended by an effect that was there before it", () => {
    pending.told(event("acknowledged", 4));
    expect(isOpen()).toBe(true);
  });

  it.each([["before"], ["after"]])("ends with a message when it is refused %s its receipt", (order) => {
    if (order === "after") pending.receipt("a", "c1");
    pending.refused(refusal("c1"));
    if (order === "before") pending.receipt("a", "c1");
    expect(isOpen()).toBe(false);
    expect(pending.notices["a"]).toMatch(/no open alert/);
  });

  it("passes over refusals of other commands and other devices' readings", () => {
    pending.receipt("a", "c1");
    pending.refused(refusal("c2"));
    pending.refused({ device: "d", metric: "m", reason: "out_of_range", detail: "" });
    pending.refused(refusal(undefined, "other"));
    expect(isOpen()).toBe(true);
    pending.refused(refusal());
    expect(isOpen()).toBe(false);
  });

  it("ends when the list shows the effect of an event that was missed", () => {
    pending.listed([{ ...alert, version: 5 }]);
    expect(isOpen()).toBe(true);
    pending.listed([{ ...alert, version: 6, acknowledged: { by: "x", at: "" } }]);
    expect(isOpen()).toBe(false);
  });

  it("is given up after a while, with a message that can be dismissed", () => {
    wall += 14_000;
    expect(pending.giveUp()).toBe(false);
    wall += 2000;
    expect(pending.giveUp()).toBe(true);
    expect(pending.notices["a"]).toMatch(/Not confirmed/);
    pending.dismiss("a");
    expect(pending.notices).toEqual({});
  });
});

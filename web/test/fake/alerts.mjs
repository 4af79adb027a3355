/* Alerts and rules of the fake platform. Used by world.mjs. */
import { randomUUID } from "node:crypto";

const MINUTE = 60_000;

const scope = (...devices) => ({ devices, profiles: [], tags: {} });

export const rules = [
  { id: "cold-chain", name: "Cold room too warm", enabled: true, severity: "critical", scope: scope("cold-room-*"), metric: "temperature", when: { kind: "threshold", op: ">", value: 8, clear: 6, for: "1m" } },
  { id: "cold-chain-early", name: "Cold room warming", enabled: true, severity: "minor", scope: scope("cold-room-*"), metric: "temperature", when: { kind: "threshold", op: ">", value: 6.5 } },
  { id: "vibration", name: "Bearing vibration", enabled: true, severity: "major", scope: scope("pump-*"), metric: "vibration", when: { kind: "threshold", op: ">=", value: 4.5 } },
  { id: "silent", name: "Silent", enabled: true, severity: "major", scope: scope("*"), metric: null, when: { kind: "missing", for: "60s" } },
  { id: "odd", name: "Out of the ordinary", enabled: true, severity: "warning", scope: scope("*"), metric: "*", when: { kind: "anomaly", min_score: 4 } },
];

/** An alert document; fields not given are those of a fresh one. */
export function raise(world, fields) {
  const now = new Date().toISOString();
  return {
    id: randomUUID(), rule: "cold-chain", device: "cold-room-003", metric: "temperature", severity: "critical", state: "active",
    acknowledged: null, snoozed_until: null, raised_at: now, updated_at: now, cleared_at: null,
    value: 8.3, threshold: 8, peak: 8.3, count: 1, late: 0, version: 1, message: "temperature > 8 °C for 1 min", ...fields,
  };
}

export function pastAlerts(world) {
  const at = (minutes) => new Date(world.born - minutes * MINUTE).toISOString();
  const ack = (by, minutes) => ({ by, at: at(minutes) });
  const open = [
    { message: "temperature > 8 °C for 1 min, now 8.6 °C", peak: 9.2, raised_at: at(5.2) },
    { rule: "vibration", device: "pump-007", metric: "vibration", severity: "major", message: "vibration ≥ 4.5 mm/s", value: 6.1, threshold: 4.5, peak: 7.9, count: 4, raised_at: at(6.4) },
    { rule: "silent", device: "vehicle-021", metric: null, severity: "major", message: "nothing received for 60 s", value: null, threshold: null, peak: null, raised_at: at(41), acknowledged: ack("Ines Okafor", 33) },
    { rule: "cold-chain-early", device: "cold-room-003", severity: "minor", message: "temperature > 6.5 °C", threshold: 6.5, raised_at: at(7.1) },
    { rule: "odd", device: "power-meter-012", metric: "power", severity: "warning", message: "power outside its usual band, score 7.2", value: 302, threshold: null, peak: 310, raised_at: at(2.4) },
    { rule: "odd", device: "weather-004", metric: "wind", severity: "warning", message: "wind outside its usual band, score 4.4", value: 11.2, threshold: null, peak: 12.8, count: 2, raised_at: at(64), snoozed_until: new Date(world.born + 47 * MINUTE).toISOString() },
    { rule: "odd", device: "pump-001", metric: "flow", severity: "warning", message: 'message with <b>markup</b> & "quotes" from a rule', value: 51, threshold: null, peak: 52, raised_at: at(18) },
  ];
  const cleared = Array.from({ length: 24 }, (_, i) => ({
    rule: "vibration", device: `pump-0${String(10 + (i % 20))}`, metric: "vibration", severity: ["major", "minor", "warning"][i % 3],
    message: "vibration ≥ 4.5 mm/s", state: "cleared", raised_at: at(90 + 37 * i), cleared_at: at(80 + 37 * i), version: 3, count: 1 + (i % 4), value: 4.9, threshold: 4.5,
  }));
  return [...open, ...cleared].filter(({ device = "cold-room-003" }) => world.devices.has(device)).map((fields) => raise(world, fields));
}

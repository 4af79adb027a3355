/* The fake platform's memory: devices, faults, alerts, anomalies, ledger. Plausible, from a seed, and changed by commands.
   Times are the machine's. Used by routes.mjs and channel.mjs. */
import { EventEmitter } from "node:events";
import { PROFILES, chance, value } from "./signals.mjs";
import { pastAlerts, raise, rules } from "./alerts.mjs";
import { ledgerRow } from "./ledger.mjs";

const MINUTE = 60_000;
const KEPT = 9 * 24 * 60 * MINUTE;

export class World extends EventEmitter {
  constructor({ devices = 200, empty = false } = {}) {
    super();
    this.born = Date.now();
    this.oldest = this.born - KEPT;
    this.shards = 2;
    this.devices = new Map();
    this.alerts = new Map();
    this.anomalies = new Map();
    this.ledger = new Map();
    this.faults = [];
    this.rules = empty ? [] : rules;
    this.health = { ok: true, parts: { log: "ok", series: "ok", documents: "ok", objects: "ok" }, log_bytes: 412_000_000 };
    if (empty) return;
    this.#people(devices);
    this.#break();
    for (const alert of pastAlerts(this)) this.alerts.set(alert.id, alert);
    for (let m = 60; m >= 1; m -= 1) this.count(Math.floor(this.born / MINUTE) * MINUTE - m * MINUTE);
  }

  #people(n) {
    const profiles = Object.keys(PROFILES);
    for (let i = 0; i < n; i += 1) {
      const profile = profiles[i % profiles.length];
      const id = `${profile}-${String(Math.floor(i / profiles.length) + 1).padStart(3, "0")}`;
      const roll = chance(id, 7);
      const state = roll < 0.025 ? "offline" : roll < 0.035 ? "never_seen" : roll < 0.045 ? "disabled" : "online";
      const seen = state === "never_seen" ? null : this.born - (state === "online" ? 900 + 3000 * roll : 4e6 * (0.3 + roll * 9));
      const time = seen && new Date(seen).toISOString();
      const site = ["Harbour", "North works", "Depot", "Old town"][i % 4];
      this.devices.set(id, { id, name: id, profile, tags: { site }, lat: null, lon: null, state, created: new Date(this.oldest).toISOString(), last_received: time, last_time: time });
    }
    const first = this.devices.values().next().value;
    if (first) first.name = `<img src=x onerror="document.title='broken'"> the "first" & oldest`;
  }

  #break() {
    const fault = (device, metric, start, end, size) => this.faults.push({ device, metric, start: this.born + start, end: end === null ? null : this.born + end, size });
    fault("cold-room-003", "temperature", -9 * MINUTE, null, 5.4);
    fault("cold-room-003", "temperature", -26 * MINUTE, -24 * MINUTE, 3);
    fault("pump-007", "vibration", -7 * MINUTE, -5 * MINUTE, 6);
    fault("power-meter-012", "power", -3 * MINUTE, null, 120);
    this.faults = this.faults.filter(({ device }) => this.devices.has(device));
    for (const one of this.faults) this.#anomaly(one);
  }

  #anomaly({ device, metric, start, end, size }) {
    const peakTime = Math.round(end === null ? this.born : start + (end - start) * 0.9);
    const normal = this.value(device, metric, start - 1000);
    const spread = Math.abs(size) / 6;
    const id = `an-${device}-${start}`;
    this.anomalies.set(id, {
      id, device, metric, detector: "robust", state: end === null ? "open" : "closed",
      start: new Date(start + 15_000).toISOString(), end: end === null ? null : new Date(end).toISOString(),
      peak: this.value(device, metric, peakTime), peak_time: new Date(peakTime).toISOString(),
      score: 7.2, expected: [normal - spread, normal + spread], version: 1,
    });
  }

  value(device, metric, t) {
    const { profile } = this.devices.get(device);
    return value(device, profile, metric, t, this.faults);
  }

  metrics(device) {
    const found = this.devices.get(device);
    return found ? Object.entries(PROFILES[found.profile]).map(([name, { unit, noise }]) => ({ name, unit, decimals: noise && noise < 0.02 ? 4 : 2 })) : [];
  }

  /** ms between readings, and where in the second a device speaks. */
  phase(device) {
    return Math.floor(chance(device, 3) * 1000);
  }

  counts() {
    const devices = { total: this.devices.size, online: 0, offline: 0, never_seen: 0, disabled: 0 };
    for (const { state } of this.devices.values()) devices[state] += 1;
    const active = { critical: 0, major: 0, minor: 0, warning: 0 };
    for (const alert of this.alerts.values()) if (alert.state === "active") active[alert.severity] += 1;
    return { devices, active };
  }

  raise(fields) {
    const alert = raise(this, fields);
    this.alerts.set(alert.id, alert);
    this.emit("alert", { ...alert, verb: "raised" });
    return alert;
  }

  change(id, verb, fields, command) {
    const alert = this.alerts.get(id);
    const now = new Date().toISOString();
    const next = { ...alert, ...fields, version: alert.version + 1, updated_at: now };
    this.alerts.set(id, next);
    this.emit("alert", { ...next, verb, ...(command ? { command } : {}) });
  }

  setState(id, state) {
    const device = this.devices.get(id);
    device.state = state;
    this.emit("device", [{ id, state, last_received: device.last_received, last_time: device.last_time }]);
  }

  /** Counts a minute in every stage and shard; `lost` only at the gate of shard 0. */
  count(minute, lost = 0) {
    for (const stage of ["validate", "score", "alert", "record", "archive"]) {
      for (let shard = 0; shard < this.shards; shard += 1) {
        const row = ledgerRow(this, minute, stage, shard, shard === 0 && stage === "validate" ? lost : 0);
        this.ledger.set(`${row.minute} ${stage} ${shard}`, row);
        this.emit("ledger", row);
      }
    }
  }

  /** What happens by itself: devices are seen, minutes are counted, the log grows. Returns how to stop it. */
  run() {
    let minute = Math.floor(Date.now() / MINUTE);
    const timer = setInterval(() => {
      this.#seen();
      this.health.log_bytes += 38_000;
      const now = Math.floor((Date.now() - 1500) / MINUTE);
      if (now > minute && this.devices.size) this.count(minute * MINUTE);
      minute = Math.max(minute, now);
    }, 1000);
    return () => clearInterval(timer);
  }

  #seen() {
    const turn = Math.floor(Date.now() / 1000) % 3;
    const changed = [];
    let i = 0;
    for (const device of this.devices.values()) {
      i += 1;
      if (device.state !== "online" || i % 3 !== turn) continue;
      device.last_received = device.last_time = new Date().toISOString();
      changed.push({ id: device.id, state: device.state, last_received: device.last_received, last_time: device.last_time });
    }
    if (changed.length) this.emit("device", changed);
  }
}

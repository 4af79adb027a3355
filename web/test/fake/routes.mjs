/* /api/v1 of the fake platform. Used by server.mjs. A route returns a body, or throws [status, title, detail]. */
import { randomUUID } from "node:crypto";
import { series } from "./series.mjs";

const VERBS = { acknowledge: "acknowledged", snooze: "snoozed", resolve: "cleared" };
const TOLD_AFTER = 250;

const list = (items, next = null) => ({ items, next });
const ms = (text, otherwise) => (text === null ? otherwise : /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text));

function page(items, query) {
  const at = Number(query.get("cursor") ?? 0);
  const limit = Math.min(500, Number(query.get("limit") ?? 100));
  return list(items.slice(at, at + limit), at + limit < items.length ? String(at + limit) : null);
}

export function answer(world, options, method, path, query, body) {
  if (method === "POST") return command(world, options, path, body);
  const name = path[0];
  if (name === "status") return status(world);
  if (name === "devices") return page([...world.devices.values()], query);
  if (name === "metrics") return list(world.metrics(query.get("device")));
  if (name === "rules") return list(world.rules);
  if (name === "series") return series(world, seriesQuery(query));
  if (name === "alerts") return page(alerts(world, query.get("state")), query);
  if (name === "anomalies") return list(anomalies(world, query));
  if (name === "ledger") return list(ledger(world, query));
  throw [404, "Not found", `/api/v1/${path.join("/")}`];
}

function status(world) {
  const { devices, active } = world.counts();
  const online = devices.online;
  return {
    version: "0.1.0", tenant: "main", shards: world.shards, devices, alerts: { active }, rate: online ? online * 4 - 3 : 0,
    log_bytes: world.health.log_bytes, clock: Math.floor(Date.now() / 1000) * 1000, health: world.health,
  };
}

function seriesQuery(query) {
  const names = (name) => (query.get(name) ?? "").split(",");
  return { devices: names("devices"), metrics: names("metrics"), from: ms(query.get("from")), to: ms(query.get("to")), px: Number(query.get("px") ?? 800) };
}

function alerts(world, state) {
  const all = [...world.alerts.values()].sort((a, b) => Date.parse(b.raised_at) - Date.parse(a.raised_at));
  return state ? all.filter((alert) => alert.state === state) : all;
}

function anomalies(world, query) {
  const [from, to] = [ms(query.get("from"), 0), ms(query.get("to"), Infinity)];
  return [...world.anomalies.values()].filter(
    (one) => one.device === query.get("device") && one.metric === query.get("metric") && Date.parse(one.start) <= to && (one.end === null || Date.parse(one.end) >= from),
  );
}

function ledger(world, query) {
  const [from, to] = [ms(query.get("from"), 0), ms(query.get("to"), Infinity)];
  return [...world.ledger.values()].filter(({ minute }) => Date.parse(minute) >= from && Date.parse(minute) < to);
}

/** Accepted at once, told a moment later: as an alert's event, or as a refusal when `options.refuse` is set. */
function command(world, options, [name, id, verb], body) {
  const alert = world.alerts.get(id);
  if (name !== "alerts" || !VERBS[verb]) throw [404, "Not found", ""];
  if (!alert || !body?.by || body.device !== alert.device) throw [400, "Bad request", "device and by are needed"];
  const command = randomUUID();
  const refuse = options.refuse;
  options.refuse = false;
  setTimeout(() => {
    if (refuse || alert.state !== "active") {
      world.emit("rejected", { device: alert.device, metric: alert.metric, reason: "no_open_alert", detail: "no open alert", command });
    } else world.change(id, VERBS[verb], effect(verb, body), command);
  }, options.slow ?? TOLD_AFTER);
  return { status: 202, body: { command } };
}

function effect(verb, { by, until }) {
  const now = new Date().toISOString();
  if (verb === "acknowledge") return { acknowledged: { by, at: now } };
  return verb === "snooze" ? { snoozed_until: until } : { state: "cleared", cleared_at: now };
}

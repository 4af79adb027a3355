/* Ledger rows of the fake platform: what each stage counted in a minute. Used by world.mjs. */
import { chance } from "./signals.mjs";

export function ledgerRow(world, minute, stage, shard, lost) {
  const readings = Math.round((world.devices.size * 4 * 60) / world.shards);
  const sway = Math.round(readings * 0.06 * chance(`in${shard}`, minute / 60_000));
  const gate = stage === "validate";
  const rejected = gate ? { out_of_range: Math.round(9 * chance("r", minute / 60_000)), time_in_future: shard } : {};
  const refused = Object.values(rejected).reduce((sum, n) => sum + n, 0);
  const duplicates = gate ? Math.round(14 * chance("d", minute / 60_000 + shard)) : 0;
  const inside = readings - sway - lost;
  return {
    minute: new Date(minute).toISOString(), stage, shard, in: inside, out: gate ? inside - refused - duplicates : inside,
    rejected, duplicates, revised: gate && shard ? 2 : 0, late: gate ? Math.round(6 * chance("l", minute / 60_000)) : 0, lost, in_flight: gate ? null : 0,
  };
}

/* Values of the fake fleet: pure functions of device, metric and time, so that any stretch can be asked for. Used by world.mjs. */

const TAU = 2 * Math.PI;
const DAY = 86_400_000;

/** A number in [0, 1) from text and a whole number, always the same for the same input. */
export function chance(text, n = 0) {
  let h = 2166136261 ^ n;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  h = Math.imul(h ^ (h >>> 15), 2246822507);
  h = Math.imul(h ^ (h >>> 13), 3266489909);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** level, daily: height of the daily course, noise: of second to second, wave: of some minutes. */
export const PROFILES = {
  pump: {
    pressure: { unit: "bar", level: 6.2, daily: 0.3, noise: 0.05, wave: 0.25 },
    flow: { unit: "m³/h", level: 42, daily: 6, noise: 0.5, wave: 2.2 },
    temperature: { unit: "°C", level: 54, daily: 3, noise: 0.12, wave: 1.1 },
    vibration: { unit: "mm/s", level: 2.1, daily: 0.2, noise: 0.12, wave: 0.2 },
  },
  "cold-room": {
    temperature: { unit: "°C", level: 4.1, daily: 0.4, noise: 0.05, wave: 0.7 },
    humidity: { unit: "%", level: 71, daily: 4, noise: 0.4, wave: 2 },
    door: { unit: "", level: 0, daily: 0, noise: 0, wave: 0 },
  },
  weather: {
    temperature: { unit: "°C", level: 11, daily: 5, noise: 0.05, wave: 0.4 },
    wind: { unit: "m/s", level: 4.6, daily: 1.4, noise: 0.6, wave: 1.2 },
    pressure: { unit: "hPa", level: 1014, daily: 3, noise: 0.05, wave: 0.3 },
    rain: { unit: "mm/h", level: 0.6, daily: 0.5, noise: 0.02, wave: 0.3 },
  },
  "power-meter": {
    power: { unit: "kW", level: 186, daily: 64, noise: 3, wave: 14 },
    voltage: { unit: "V", level: 231, daily: 1.5, noise: 0.4, wave: 0.8 },
    current: { unit: "A", level: 268, daily: 90, noise: 4, wave: 20 },
    frequency: { unit: "Hz", level: 50, daily: 0, noise: 0.008, wave: 0.01 },
  },
  vehicle: {
    speed: { unit: "km/h", level: 48, daily: 14, noise: 1.5, wave: 17 },
    battery: { unit: "%", level: 62, daily: 22, noise: 0.05, wave: 2 },
    lat: { unit: "°", level: 52.52, daily: 0.02, noise: 0.0001, wave: 0.01 },
    lon: { unit: "°", level: 13.4, daily: 0.03, noise: 0.0001, wave: 0.01 },
  },
};

export function value(device, profile, metric, t, faults) {
  const { level, daily, noise, wave } = PROFILES[profile][metric];
  const phase = chance(device + metric);
  const own = level * (0.96 + 0.08 * chance(device)) + daily * Math.sin(TAU * (t / DAY + phase * 0.1 - 0.3));
  const slow = Math.sin(TAU * (t / 410_000 + phase)) + 0.6 * Math.sin(TAU * (t / 97_000 + 3 * phase));
  const jitter = chance(device + metric, Math.floor(t / 1000)) + chance(metric + device, Math.floor(t / 1000)) - 1;
  let v = own + (wave * slow) / 1.6 + 2 * noise * jitter;
  for (const fault of faults) if (fault.device === device && fault.metric === metric) v += pushOf(fault, t);
  return Math.round(v * 1e4) / 1e4;
}

/** A fault grows over its first third and ends at once; one without an end goes on. */
function pushOf({ start, end, size }, t) {
  if (t < start || (end !== null && t >= end)) return 0;
  const rise = end === null ? 120_000 : (end - start) / 3;
  return size * Math.min(1, (t - start) / rise);
}

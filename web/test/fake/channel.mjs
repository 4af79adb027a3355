/* The live channel of the fake platform. Used by server.mjs. */

const PUSHED = ["alert", "anomaly", "device", "ledger", "rejected", "health"];
const SECOND = 1000;

export function serveChannel(io, world, options) {
  io.use((socket, next) => {
    if (options.token && socket.handshake.auth.token !== options.token) next(new Error("unauthorized"));
    else next();
  });
  for (const name of PUSHED) world.on(name, (event) => io.emit(name, event));
  io.on("connection", (socket) => new Connection(socket, world, options));
}

class Connection {
  subs = new Map();
  seq = 0;
  channels = 0;

  constructor(socket, world, options) {
    Object.assign(this, { socket, world, options });
    socket.on("sub", (wanted, ack) => ack(this.open(wanted)));
    socket.on("unsub", ({ id }) => this.close(id));
    socket.on("disconnect", () => [...this.subs.keys()].forEach((id) => this.close(id)));
  }

  open({ id, devices, metrics, hz }) {
    this.close(id);
    if (devices.length * metrics.length > 64) return { ok: false, error: "at most 64 series a subscription" };
    const channels = devices.flatMap((device) => metrics.map((metric) => ({ ch: (this.channels += 1), device, metric })));
    const now = Date.now();
    const watermark = Object.fromEntries(channels.map(({ device, metric }) => [`${device}/${metric}`, this.last(device, now)]));
    const sub = { channels: channels.filter(({ device }) => this.world.devices.get(device)?.state === "online"), told: now };
    sub.timer = setInterval(() => this.flush(sub), SECOND / Math.min(20, hz));
    this.subs.set(id, sub);
    return { ok: true, channels, watermark };
  }

  close(id) {
    clearInterval(this.subs.get(id)?.timer);
    this.subs.delete(id);
  }

  last(device, t) {
    const phase = this.world.phase(device);
    return Math.floor((t - phase) / SECOND) * SECOND + phase;
  }

  flush(sub) {
    const now = Date.now();
    const points = [];
    for (const { ch, device, metric } of sub.channels) {
      for (let t = this.last(device, sub.told) + SECOND; t <= now; t += SECOND) points.push([t, this.world.value(device, metric, t), ch]);
    }
    sub.told = now;
    if (!points.length) return;
    this.seq += 1;
    if (this.options.drop > 0) this.options.drop -= 1;
    else this.socket.emit("tele", frame(this.seq, points));
  }
}

function frame(seq, points) {
  const n = points.length;
  const buffer = Buffer.alloc(8 + 14 * n);
  buffer.writeUInt32LE(seq, 0);
  buffer.writeUInt32LE(n, 4);
  points.forEach(([t, v, ch], i) => {
    buffer.writeDoubleLE(t, 8 + 8 * i);
    buffer.writeFloatLE(v, 8 + 8 * n + 4 * i);
    buffer.writeUInt16LE(ch, 8 + 12 * n + 2 * i);
  });
  return buffer;
}

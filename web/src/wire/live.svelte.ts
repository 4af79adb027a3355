/* The live channel: Socket.IO, websocket only, loaded after the first paint. One per page.
   Reconnects by itself, subscribes anew, and tells what may have been missed: sinks by `hole` and `begin`, lists by "resumed". */
import type { Socket } from "socket.io-client";
import type { AlertEvent, AnomalyEvent, DeviceChange, Health, LedgerRow, Rejected, SubAck } from "./documents";
import { Sequence, decodeFrame } from "./frame";
import { Channels, type Sink, type Wanted } from "./subscription";

export interface LiveEvents {
  alert: AlertEvent;
  anomaly: AnomalyEvent;
  device: DeviceChange[];
  ledger: LedgerRow;
  rejected: Rejected;
  health: Health;
  /** connected again after a break: lists must be asked for anew */
  resumed: null;
}

/** idle: not asked for yet. stale: was live, is not. refused: the token was not accepted. */
export type Connection = "idle" | "connecting" | "live" | "stale" | "refused";

const PUSHED = ["alert", "anomaly", "device", "ledger", "rejected", "health"] as const;

export class Live {
  connection: Connection = $state("idle");
  /** browser's time at which something was last heard */
  heard = $state(0);
  /** browser's time at which the connection was lost */
  lostAt = $state(0);
  /** frames lost since the page was opened */
  lost = $state(0);

  readonly #listeners = new Map<keyof LiveEvents, Set<(event: never) => void>>();
  readonly #wanted = new Map<string, { wanted: Wanted; sink: Sink }>();
  readonly #channels = new Channels();
  readonly #sequence = new Sequence();
  #socket: Socket | null = null;
  #wasLive = false;

  constructor(
    private readonly token: () => string | null,
    private readonly refused: () => void,
  ) {}

  on<K extends keyof LiveEvents>(name: K, listener: (event: LiveEvents[K]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as (event: never) => void);
    return () => listeners.delete(listener as (event: never) => void);
  }

  async connect(): Promise<void> {
    this.connection = this.#wasLive ? "stale" : "connecting";
    const { io } = await import("socket.io-client");
    this.#socket?.close();
    const socket = io({
      transports: ["websocket"],
      auth: (give) => give(this.token() ? { token: this.token() } : {}),
      reconnectionDelay: 250,
      reconnectionDelayMax: 4000,
    });
    this.#socket = socket;
    this.#attach(socket);
  }

  /** Wants points of some series; a second call with the same id replaces the first. */
  subscribe(wanted: Wanted, sink: Sink): void {
    this.#wanted.set(wanted.id, { wanted, sink });
    if (this.#socket?.connected) this.#send(wanted, sink);
  }

  unsubscribe(id: string): void {
    if (!this.#wanted.delete(id)) return;
    this.#channels.close(id);
    this.#socket?.emit("unsub", { id });
  }

  #attach(socket: Socket): void {
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", (reason) => this.#broken(reason === "io server disconnect"));
    socket.on("connect_error", (error) => this.#failed(error, socket.active));
    socket.on("tele", (data: ArrayBuffer) => this.#frame(data));
    for (const name of PUSHED) socket.on(name, (event) => this.#emit(name, event));
  }

  #connected(): void {
    this.connection = "live";
    this.heard = Date.now();
    this.#sequence.restart();
    this.#channels.clear();
    for (const { wanted, sink } of this.#wanted.values()) this.#send(wanted, sink);
    if (this.#wasLive) this.#emit("resumed", null);
    this.#wasLive = true;
  }

  #send(wanted: Wanted, sink: Sink): void {
    this.#channels.close(wanted.id);
    this.#channels.await();
    this.#socket?.emit("sub", wanted, (ack: SubAck) => {
      const replaced = this.#wanted.get(wanted.id)?.wanted !== wanted;
      this.#channels.open(wanted.id, replaced ? null : ack, sink);
    });
  }

  #broken(byServer: boolean): void {
    this.lostAt = Date.now();
    if (this.connection !== "refused") this.connection = "stale";
    if (byServer) setTimeout(() => this.#socket?.connect(), 1000);
  }

  /** A refusal by the platform ends the client's own attempts; for anything but a wrong token they are taken up again. */
  #failed(error: Error, retrying: boolean): void {
    if (/auth|token|unauthori[sz]ed|401/i.test(error.message) && !retrying) {
      this.connection = "refused";
      this.refused();
      return;
    }
    this.connection = this.#wasLive ? "stale" : "connecting";
    if (!retrying) setTimeout(() => this.#socket?.connect(), 2000);
  }

  #frame(data: ArrayBuffer): void {
    const frame = decodeFrame(data);
    const missing = this.#sequence.accept(frame.seq);
    this.heard = Date.now();
    if (missing) {
      this.lost += missing;
      for (const { sink } of this.#wanted.values()) sink.hole();
    }
    this.#channels.deliver(frame);
  }

  #emit<K extends keyof LiveEvents>(name: K, event: LiveEvents[K]): void {
    this.heard = Date.now();
    for (const listener of this.#listeners.get(name) ?? []) (listener as (e: LiveEvents[K]) => void)(event);
  }
}

/* The numbers of the whole fleet, asked every five seconds and a moment after something changed. One per page. */
import type { LogClock } from "../clock";
import type { Health, Status } from "../wire/documents";
import type { Endpoints } from "../wire/endpoints";
import type { Live } from "../wire/live.svelte";
import { Loading } from "./loading.svelte";

const EVERY = 5000;
const SOON = 800;

export class StatusState {
  readonly loading = new Loading<Status>();
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly endpoints: Endpoints,
    private readonly clock: LogClock,
    private readonly asleep: () => boolean,
    live: Live,
  ) {
    live.on("alert", () => this.#askSoon());
    live.on("device", () => this.#askSoon());
    live.on("resumed", () => void this.load());
    live.on("health", (health) => this.#healthChanged(health));
  }

  get value(): Status | null {
    return this.loading.value;
  }

  load = async (): Promise<void> => {
    const status = await this.loading.run(this.endpoints.status);
    if (status?.clock) this.clock.observe(status.clock);
  };

  start(): () => void {
    void this.load();
    const timer = setInterval(() => document.hidden || this.asleep() || void this.load(), EVERY);
    return () => clearInterval(timer);
  }

  #askSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.load();
    }, SOON);
  }

  #healthChanged(health: Health): void {
    const value = this.loading.value;
    if (value) this.loading.set({ ...value, health, log_bytes: health.log_bytes ?? value.log_bytes });
  }
}

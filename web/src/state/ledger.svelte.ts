/* The last hour of the ledger: asked once, then told by the live channel. One per page. */
import type { LogClock } from "../clock";
import type { LedgerRow } from "../wire/documents";
import type { Endpoints } from "../wire/endpoints";
import type { Live } from "../wire/live.svelte";
import { type Minute, byMinute } from "./ledger";
import { Loading } from "./loading.svelte";

const KEPT = 3_600_000;

export class LedgerState {
  readonly loading = new Loading<Minute[]>();
  readonly #rows = new Map<string, LedgerRow>();

  constructor(
    private readonly endpoints: Endpoints,
    private readonly clock: LogClock,
    live: Live,
  ) {
    live.on("ledger", (row) => this.#add(row));
    live.on("resumed", () => void this.load());
  }

  get minutes(): Minute[] {
    return this.loading.value ?? [];
  }

  load = async (): Promise<void> => {
    const now = this.clock.now();
    await this.loading.run(async () => {
      const rows = await this.#allRows(now - KEPT, now + 60_000);
      for (const row of rows) this.#rows.set(keyOf(row), row);
      return byMinute(this.#rows.values());
    });
  };

  async #allRows(from: number, to: number): Promise<LedgerRow[]> {
    return (await this.endpoints.ledger(from, to)).items;
  }

  #add(row: LedgerRow): void {
    this.#rows.set(keyOf(row), row);
    const oldest = Date.parse(row.minute) - KEPT;
    for (const [key, held] of this.#rows) if (Date.parse(held.minute) < oldest) this.#rows.delete(key);
    this.loading.set(byMinute(this.#rows.values()));
  }
}

const keyOf = (row: LedgerRow): string => `${row.minute} ${row.stage} ${row.shard}`;

/* All devices of the tenant, kept up to date by the live channel. One per page; the table and the chart's heading read it. */
import type { Device, DeviceChange, DeviceState } from "../wire/documents";
import type { Endpoints } from "../wire/endpoints";
import type { Live } from "../wire/live.svelte";
import { Loading } from "./loading.svelte";

const PAGE = 500;
const RENEW = 3000;
/** beyond this many the table says that it is not whole */
export const MOST_DEVICES = 20_000;

const collator = new Intl.Collator("en", { numeric: true });

export class Fleet {
  readonly loading = new Loading<Device[]>();
  /** grows when any device changed; devices themselves are plain objects */
  rev = $state(0);
  partial = $state(false);
  query = $state("");
  wanted: DeviceState | null = $state(null);
  readonly #byId = new Map<string, Device>();
  #renewal: ReturnType<typeof setTimeout> | undefined;
  /** told while the list was being asked for, so perhaps newer than what it says */
  #meanwhile: DeviceChange[] = [];

  constructor(
    private readonly endpoints: Endpoints,
    live: Live,
  ) {
    live.on("device", (changes) => this.#apply(changes));
    live.on("resumed", () => void this.load());
  }

  /** Devices that match the search and the chosen state, by id. */
  readonly matching: Device[] = $derived.by(() => {
    void this.rev;
    const text = this.query.trim().toLowerCase();
    const all = this.loading.value ?? [];
    if (!text && !this.wanted) return all.slice();
    return all.filter((device) => (!this.wanted || device.state === this.wanted) && (!text || matches(device, text)));
  });

  get(id: string): Device | undefined {
    void this.rev;
    return this.#byId.get(id);
  }

  load = async (): Promise<void> => {
    this.#meanwhile = [];
    await this.loading.run(() => this.#allPages());
    this.#apply(this.#meanwhile);
  };

  async #allPages(): Promise<Device[]> {
    const found = new Map<string, Device>();
    let cursor: string | null = null;
    do {
      const page: { items: Device[]; next: string | null } = await this.endpoints.devices(cursor, PAGE);
      for (const device of page.items) found.set(device.id, device);
      cursor = page.next;
    } while (cursor && found.size < MOST_DEVICES);
    this.partial = cursor !== null;
    this.#byId.clear();
    for (const [id, device] of found) this.#byId.set(id, device);
    return this.#sorted();
  }

  #apply(changes: DeviceChange[]): void {
    if (this.loading.busy) this.#meanwhile.push(...changes);
    let grown = false;
    for (const change of changes) {
      const device = this.#byId.get(change.id);
      if (device) Object.assign(device, change);
      else if (!this.partial) {
        this.#byId.set(change.id, { ...change });
        grown = true;
      }
    }
    if (grown && this.loading.value) this.loading.set(this.#sorted());
    if (grown) this.#renewSoon();
    this.rev += 1;
  }

  /** A change names neither profile nor tags: those of a device not met before must be asked for. */
  #renewSoon(): void {
    this.#renewal ??= setTimeout(() => {
      this.#renewal = undefined;
      void this.load();
    }, RENEW);
  }

  #sorted(): Device[] {
    return [...this.#byId.values()].sort((a, b) => collator.compare(a.id, b.id));
  }
}

function matches(device: Device, text: string): boolean {
  if (device.id.toLowerCase().includes(text)) return true;
  if (device.name?.toLowerCase().includes(text) || device.profile?.toLowerCase().includes(text)) return true;
  return Object.values(device.tags ?? {}).some((tag) => String(tag).toLowerCase().includes(text));
}

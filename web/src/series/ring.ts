/* The newest points of one series, in order of time, in a fixed amount of memory. Called by track.ts and metrics.svelte.ts. */

export class Ring {
  readonly #t: Float64Array;
  readonly #v: Float64Array;
  #head = 0;
  #length = 0;
  /** how many points were overwritten because the ring was full */
  dropped = 0;

  constructor(readonly capacity: number) {
    this.#t = new Float64Array(capacity);
    this.#v = new Float64Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get firstTime(): number | null {
    return this.#length ? this.time(0) : null;
  }

  get lastTime(): number | null {
    return this.#length ? this.time(this.#length - 1) : null;
  }

  time(i: number): number {
    return this.#t[(this.#head + i) % this.capacity] as number;
  }

  value(i: number): number {
    return this.#v[(this.#head + i) % this.capacity] as number;
  }

  /** Adds a point. One at the newest time replaces it (a revision); an older one is refused: false. */
  push(t: number, v: number): boolean {
    const last = this.lastTime;
    if (last !== null && t < last) return false;
    if (t === last) {
      this.#v[(this.#head + this.#length - 1) % this.capacity] = v;
      return true;
    }
    if (this.#length === this.capacity) this.#forget(1);
    const at = (this.#head + this.#length) % this.capacity;
    this.#t[at] = t;
    this.#v[at] = v;
    this.#length += 1;
    return true;
  }

  /** Forgets what is at or before a time: history holds it already. */
  dropUntil(t: number): void {
    let n = 0;
    while (n < this.#length && this.time(n) <= t) n += 1;
    this.#head = (this.#head + n) % this.capacity;
    this.#length -= n;
  }

  clear(): void {
    this.#head = 0;
    this.#length = 0;
    this.dropped = 0;
  }

  #forget(n: number): void {
    this.#head = (this.#head + n) % this.capacity;
    this.#length -= n;
    this.dropped += n;
  }
}

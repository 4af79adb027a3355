/* Repeats an attempt, more and more slowly, until it succeeds. Used by chart.svelte.ts to close holes in the live points:
   the store is written every other second, so the first attempt may come too early. */

const DELAYS = [600, 1200, 2500, 5000, 10_000];

export class Mender {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;

  /** The attempt resolves to true when nothing is left to mend. */
  constructor(private readonly attempt: () => Promise<boolean>) {}

  /** Starts to mend if there is something to mend and it is not being done. */
  check(broken: boolean): void {
    if (!broken || this.#timer !== undefined) return;
    this.#tries = 0;
    this.#later();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #later(): void {
    const delay = DELAYS[Math.min(this.#tries, DELAYS.length - 1)] as number;
    this.#tries += 1;
    this.#timer = setTimeout(() => void this.#run(), delay);
  }

  async #run(): Promise<void> {
    const timer = this.#timer;
    const mended = await this.attempt();
    if (timer !== this.#timer) return;
    this.#timer = undefined;
    if (!mended) this.#later();
  }
}

/* Something asked of the platform: its last good value, whether it is being asked for, and what went wrong. Used by all lists. */
import { wasAborted } from "../wire/api";

export class Loading<T> {
  value: T | null = $state.raw(null);
  /** one line, or null; the last good value stays */
  problem: string | null = $state(null);
  busy = $state(false);
  /** browser's time of the last good value */
  at = $state(0);
  #turn = 0;

  /** Runs a request; when several overlap, the one started last counts. Returns its value, or null when it failed or was overtaken. */
  async run(ask: () => Promise<T>): Promise<T | null> {
    const turn = (this.#turn += 1);
    this.busy = true;
    try {
      const value = await ask();
      if (turn !== this.#turn) return null;
      this.set(value);
      return value;
    } catch (error) {
      if (turn === this.#turn && !wasAborted(error)) this.problem = error instanceof Error ? error.message : String(error);
      return null;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  set(value: T): void {
    this.value = value;
    this.problem = null;
    this.at = Date.now();
  }

  clear(): void {
    this.#turn += 1;
    this.value = null;
    this.problem = null;
    this.busy = false;
  }
}

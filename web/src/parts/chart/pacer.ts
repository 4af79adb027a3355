/* Decides when the chart is drawn again: when something changed, when time has moved by a pixel, and never so often that drawing
   takes more than a quarter of the thread. Used by Plot.svelte. */

const FASTEST = 80;
const SLOWEST = 1000;

export class Pacer {
  #frame = 0;
  #drawn = 0;
  #cost = 0;
  #dirty = true;

  /** `slide`: ms in which the picture moves by one pixel; Infinity while it stands still. */
  constructor(
    private readonly draw: () => void,
    private readonly slide: () => number,
  ) {
    this.#frame = requestAnimationFrame(this.#turn);
  }

  changed(): void {
    this.#dirty = true;
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
  }

  readonly #turn = (now: number): void => {
    this.#frame = requestAnimationFrame(this.#turn);
    if (now - this.#drawn < this.#wait()) return;
    const began = performance.now();
    this.draw();
    this.#cost = 0.7 * this.#cost + 0.3 * (performance.now() - began);
    this.#drawn = now;
    this.#dirty = false;
  };

  #wait(): number {
    const due = this.#dirty ? FASTEST : this.slide() === Infinity ? Infinity : Math.min(SLOWEST, Math.max(FASTEST, this.slide()));
    return Math.max(due, 4 * this.#cost);
  }
}

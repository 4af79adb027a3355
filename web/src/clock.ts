/* What time it is for the fleet. The platform's time is the clock of its log, which may run ahead of, behind or faster than the
   browser's (a simulated day passes in minutes). Ages and the right edge of the chart use this clock. One per page. */

interface Observation {
  log: number;
  wall: number;
}

/** Observations closer than this say nothing about speed. */
const APART = 2000;

export class LogClock {
  #last: Observation | null = null;
  #rate = 1;

  constructor(private readonly wall: () => number = Date.now) {}

  /** The log's clock as the platform just told it, Unix ms. One that stands still (an idle platform) is passed over: ages go on. */
  observe(log: number): void {
    const now = { log, wall: this.wall() };
    const before = this.#last;
    if (before && (log <= before.log || now.wall - before.wall < APART)) return;
    if (before) this.#rate = rateBetween(before, now);
    this.#last = now;
  }

  now(): number {
    const wall = this.wall();
    return this.#last ? this.#last.log + (wall - this.#last.wall) * this.#rate : wall;
  }
}

/** Near one it is one: a tick is a second long, and its jitter is no speed. */
function rateBetween(a: Observation, b: Observation): number {
  const rate = (b.log - a.log) / (b.wall - a.wall);
  return rate > 1.8 ? rate : 1;
}

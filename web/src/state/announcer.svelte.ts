/* What a screen reader is told without being asked. Urgent words interrupt, so they come at most once in ten seconds. */

const URGENT_EVERY = 10_000;

export class Announcer {
  polite = $state("");
  urgent = $state("");
  #urgentAt = -Infinity;

  constructor(private readonly wall: () => number = Date.now) {}

  say(text: string): void {
    this.polite = text === this.polite ? `${text} ` : text;
  }

  warn(text: string): void {
    if (this.wall() - this.#urgentAt < URGENT_EVERY) {
      this.say(text);
      return;
    }
    this.#urgentAt = this.wall();
    this.urgent = text;
  }
}

import { describe, expect, it } from "vitest";
import { LogClock } from "../../src/clock";

function clockAt(): { clock: LogClock; pass: (ms: number) => void } {
  let wall = 1_000_000;
  return { clock: new LogClock(() => wall), pass: (ms) => (wall += ms) };
}

describe("LogClock", () => {
  it("is the browser's until the platform tells its own, then runs on from there", () => {
    const { clock, pass } = clockAt();
    expect(clock.now()).toBe(1_000_000);
    clock.observe(5_000_000);
    pass(300);
    expect(clock.now()).toBe(5_000_300);
  });

  it("learns that a simulated day passes faster", () => {
    const { clock, pass } = clockAt();
    clock.observe(0);
    pass(5000);
    clock.observe(300_000);
    pass(1000);
    expect(clock.now()).toBe(360_000);
  });

  it("takes a second's jitter of the tick for no speed, and lets ages grow while the platform idles", () => {
    const { clock, pass } = clockAt();
    clock.observe(1000);
    pass(5000);
    clock.observe(7000);
    pass(1000);
    expect(clock.now()).toBe(8000);
    clock.observe(7000);
    pass(60_000);
    expect(clock.now()).toBe(68_000);
  });
});

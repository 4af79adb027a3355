import { describe, expect, it } from "vitest";
import { Ring } from "../../src/series/ring";

const times = (ring: Ring): number[] => Array.from({ length: ring.length }, (_, i) => ring.time(i));

describe("Ring", () => {
  it("keeps the newest when it is full, and says how many it lost", () => {
    const ring = new Ring(3);
    [1, 2, 3, 4, 5].forEach((t) => ring.push(t, 10 * t));
    expect(times(ring)).toEqual([3, 4, 5]);
    expect(ring.value(0)).toBe(30);
    expect(ring.dropped).toBe(2);
  });

  it("takes a revision of the newest, refuses what is older", () => {
    const ring = new Ring(3);
    ring.push(1, 1);
    ring.push(2, 2);
    expect(ring.push(2, 20)).toBe(true);
    expect(ring.push(1, 10)).toBe(false);
    expect(times(ring)).toEqual([1, 2]);
    expect(ring.value(1)).toBe(20);
  });

  it("forgets up to a time, also across its end", () => {
    const ring = new Ring(4);
    [1, 2, 3, 4, 5, 6].forEach((t) => ring.push(t, t));
    ring.dropUntil(4);
    expect(times(ring)).toEqual([5, 6]);
    ring.push(7, 7);
    ring.push(8, 8);
    expect(times(ring)).toEqual([5, 6, 7, 8]);
    ring.dropUntil(9);
    expect(ring.lastTime).toBeNull();
  });
});

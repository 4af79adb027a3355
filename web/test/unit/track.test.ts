import { describe, expect, it } from "vitest";
import { assemble } from "../../src/series/picture";
import { Track } from "../../src/series/track";
import { ID, bucketed, raw } from "./answers";

const ALL: [number, number] = [-Infinity, Infinity];
const drawn = (track: Track): number[] => assemble(track, ALL)[0];

describe("Track", () => {
  it("joins history and live points without doubling what both hold", () => {
    const track = new Track(ID);
    track.begin(3);
    [4, 5, 6].forEach((t) => track.push(t, t));
    track.replace(raw([[1, 1], [2, 2], [3, 3], [4, 4], [5, 5]]));
    expect(drawn(track)).toEqual([1, 2, 3, 4, 5, 6]);
    track.push(5, 50);
    expect(drawn(track)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("is not whole while the store is behind the beginning of the live points", () => {
    const track = new Track(ID);
    track.begin(5);
    track.push(6, 6);
    track.replace(raw([[1, 1], [2, 2], [3, 3]]));
    expect(track.needed).toBe(6);
    expect(track.extend(raw([[3, 3], [4, 4], [5, 5]]))).toBe(true);
    expect(track.needed).toBe(6);
    expect(track.extend(raw([[5, 5], [6, 6]]))).toBe(true);
    expect(track.needed).toBeNull();
    expect(drawn(track)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("reaches for the first live point when the platform cannot tell what it had seen", () => {
    const track = new Track(ID);
    track.begin(null);
    track.replace(raw([[1, 1], [2, 2]]));
    expect(track.needed).toBeNull();
    track.push(4, 4);
    expect(track.needed).toBe(4);
    track.extend(raw([[2, 2], [3, 3], [4, 4]]));
    expect(track.needed).toBeNull();
    expect(drawn(track)).toEqual([1, 2, 3, 4]);
  });

  it("refetches from the watermark after a lost frame, up to the first point after it", () => {
    const track = new Track(ID);
    track.replace(raw([[1, 1], [2, 2]]));
    track.push(3, 3);
    track.hole();
    expect(track.needed).toBeNull();
    track.push(6, 6);
    expect(track.needed).toBe(6);
    expect(track.watermark).toBe(2);
    track.extend(raw([[2, 2], [3, 3], [4, 4], [5, 5]]));
    expect(track.needed).toBe(6);
    track.extend(raw([[5, 5], [6, 6]]));
    expect(track.needed).toBeNull();
    expect(drawn(track)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("asks for the whole when the answer since the watermark came bucketed", () => {
    const track = new Track(ID);
    track.replace(raw([[1, 1]]));
    expect(track.extend(bucketed([[1, 0, 2, 1]], 9))).toBe(false);
    expect(drawn(track)).toEqual([1]);
  });

  it("says when the live points did not fit", () => {
    const track = new Track(ID);
    for (let t = 0; t < 20_000; t += 1) track.push(t, t);
    expect(track.overflowed).toBe(true);
    track.replace(raw([[20_000, 1]]));
    expect(track.overflowed).toBe(false);
  });

  it("passes over text, which comes as NaN", () => {
    const track = new Track(ID);
    track.push(1, NaN);
    expect(track.newest()).toBeNull();
  });
});

describe("buckets", () => {
  it("are drawn at their middle, the open one not beyond its newest reading, empty ones not at all", () => {
    const track = new Track(ID);
    track.replace(bucketed([[1, 0, 3, 2], null, [5, 4, 8, 6]], 22));
    expect(assemble(track, ALL)).toEqual([[5, 22], [0, 4], [3, 8], [2, 6]]);
    track.push(23, 7);
    expect(drawn(track)).toEqual([5, 22, 23]);
  });
});

describe("assemble", () => {
  it("breaks the line where five usual distances passed without a reading", () => {
    const track = new Track(ID);
    track.replace(raw([[0, 1], [10, 1], [20, 1], [30, 1], [100, 1]]));
    expect(assemble(track, ALL)[0]).toEqual([0, 10, 20, 30, 65, 100]);
    expect(assemble(track, ALL)[3]).toEqual([1, 1, 1, 1, null, 1]);
  });

  it("does not break the thinned live points of a fast series", () => {
    const track = new Track(ID);
    track.replace(raw([[0, 1], [1, 1], [2, 1], [3, 1]]));
    [4, 11, 12, 19, 20, 27, 28, 80].forEach((t) => track.push(t, 1));
    expect(assemble(track, ALL)[3].map((value) => value === null)).toEqual([...Array(11).fill(false), true, false]);
  });

  it("gives the window and one point on either side", () => {
    const track = new Track(ID);
    track.replace(raw([[0, 1], [10, 1], [20, 1], [30, 1], [40, 1]]));
    expect(assemble(track, [15, 25])[0]).toEqual([10, 20, 30]);
  });

  it("leaves out readings without a number", () => {
    const track = new Track(ID);
    track.replace(raw([[0, 1], [10, null], [20, 3]]));
    expect(drawn(track)).toEqual([0, 20]);
  });
});

import { describe, expect, it } from "vitest";
import { Sequence, decodeFrame } from "../../src/wire/frame";

function frame(seq: number, rows: [number, number, number][]): ArrayBuffer {
  const n = rows.length;
  const view = new DataView(new ArrayBuffer(8 + 14 * n));
  view.setUint32(0, seq, true);
  view.setUint32(4, n, true);
  rows.forEach(([t, v, ch], i) => {
    view.setFloat64(8 + 8 * i, t, true);
    view.setFloat32(8 + 8 * n + 4 * i, v, true);
    view.setUint16(8 + 12 * n + 2 * i, ch, true);
  });
  return view.buffer as ArrayBuffer;
}

describe("decodeFrame", () => {
  it("reads columns, microseconds and all", () => {
    const decoded = decodeFrame(frame(7, [[1795485640123.456, 21.5, 3], [1795485640124, -1, 65535]]));
    expect(decoded.seq).toBe(7);
    expect([...decoded.t]).toEqual([1795485640123.456, 1795485640124]);
    expect([...decoded.v]).toEqual([21.5, -1]);
    expect([...decoded.ch]).toEqual([3, 65535]);
  });

  it("reads an odd number of rows, whose columns would not be aligned in a larger buffer", () => {
    const inside = new Uint8Array(3 + 8 + 14);
    inside.set(new Uint8Array(frame(1, [[5, 6, 7]])), 3);
    expect([...decodeFrame(inside.subarray(3)).t]).toEqual([5]);
  });

  it("reads an empty frame", () => {
    expect(decodeFrame(frame(1, [])).ch).toHaveLength(0);
  });

  it.each([0, 4, 7, 21, 23])("refuses %i bytes where a row has 22", (length) => {
    const whole = new Uint8Array(24);
    whole.set(new Uint8Array(frame(1, [[5, 6, 7]])));
    expect(() => decodeFrame(whole.slice(0, length))).toThrow(/does not hold/);
  });
});

describe("Sequence", () => {
  it("counts what is missing before a frame", () => {
    const sequence = new Sequence();
    expect([1, 2, 5, 5, 4, 6].map((seq) => sequence.accept(seq))).toEqual([0, 0, 2, 0, 0, 0]);
  });

  it("misses the frames before the first one it sees, and begins anew with a connection", () => {
    const sequence = new Sequence();
    expect(sequence.accept(3)).toBe(2);
    sequence.restart();
    expect(sequence.accept(1)).toBe(0);
  });
});

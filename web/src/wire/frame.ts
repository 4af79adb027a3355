/* The binary `tele` frame of the live channel. Called by live.svelte.ts for every frame.
   Layout, little endian: u32 seq | u32 n | f64 t[n] (Unix ms) | f32 v[n] | u16 ch[n]: 8 + 14 n bytes. */

const HEADER = 8;
const ROW = 14;

export interface Frame {
  /** counts frames per connection, from 1 */
  seq: number;
  t: Float64Array;
  v: Float32Array;
  ch: Uint16Array;
}

/** Throws RangeError when the length does not fit the count in the header. The columns are views, not copies. */
export function decodeFrame(data: ArrayBuffer | Uint8Array): Frame {
  const bytes = aligned(data);
  const n = bytes.byteLength < HEADER ? -1 : new DataView(bytes).getUint32(4, true);
  if (bytes.byteLength !== HEADER + ROW * n) {
    throw new RangeError(`tele frame of ${bytes.byteLength} bytes does not hold the ${n} rows it names`);
  }
  return {
    seq: new DataView(bytes).getUint32(0, true),
    t: new Float64Array(bytes, HEADER, n),
    v: new Float32Array(bytes, HEADER + 8 * n, n),
    ch: new Uint16Array(bytes, HEADER + 12 * n, n),
  };
}

/** Typed views need the columns at multiples of their width; a slice of a larger buffer may start anywhere. */
function aligned(data: ArrayBuffer | Uint8Array): ArrayBuffer {
  if (data instanceof ArrayBuffer) return data;
  return new Uint8Array(data).buffer;
}

/** Finds holes in the numbers of one connection's frames. */
export class Sequence {
  #last = 0;

  /** How many frames are missing before this one. A number already seen counts as none. */
  accept(seq: number): number {
    const missing = Math.max(0, seq - this.#last - 1);
    this.#last = Math.max(this.#last, seq);
    return missing;
  }

  restart(): void {
    this.#last = 0;
  }
}

import { describe, expect, it } from "vitest";
import type { SubAck } from "../../src/wire/documents";
import type { Frame } from "../../src/wire/frame";
import { Channels, type Sink } from "../../src/wire/subscription";

class Heard implements Sink {
  readonly lines: string[] = [];
  begin = (watermark: Record<string, number | null>): number => this.lines.push(`begin ${JSON.stringify(watermark)}`);
  point = (id: string, t: number, v: number): number => this.lines.push(`${id} ${t} ${v}`);
  hole = (): number => this.lines.push("hole");
  flushed = (): number => this.lines.push("flushed");
  refused = (reason: string): number => this.lines.push(`refused: ${reason}`);
}

const frame = (...rows: [number, number, number][]): Frame => ({
  seq: 1,
  t: Float64Array.from(rows, ([t]) => t),
  v: Float32Array.from(rows, ([, v]) => v),
  ch: Uint16Array.from(rows, ([, , ch]) => ch),
});

const ack = (ch: number, metric: string): SubAck => ({ ok: true, channels: [{ ch, device: "d", metric }], watermark: { [`d/${metric}`]: 9 } });

describe("Channels", () => {
  it("gives points to whom they belong, and passes over channels that are gone", () => {
    const channels = new Channels();
    const [one, two] = [new Heard(), new Heard()];
    channels.open("a", ack(1, "x"), one);
    channels.open("b", ack(2, "y"), two);
    channels.deliver(frame([10, 1, 1], [11, 2, 2], [12, 3, 9]));
    channels.close("a");
    channels.deliver(frame([13, 4, 1], [14, 5, 2]));
    expect(one.lines).toEqual(['begin {"d/x":9}', "d/x 10 1", "flushed"]);
    expect(two.lines).toEqual(['begin {"d/y":9}', "d/y 11 2", "flushed", "d/y 14 5", "flushed"]);
  });

  it("holds frames that overtake the answer to their subscription", () => {
    const channels = new Channels();
    const heard = new Heard();
    channels.await();
    channels.deliver(frame([10, 1, 1]));
    channels.open("a", ack(1, "x"), heard);
    expect(heard.lines).toEqual(['begin {"d/x":9}', "d/x 10 1", "flushed"]);
  });

  it("does not tell a point twice that came while another answer was awaited", () => {
    const channels = new Channels();
    const [one, two] = [new Heard(), new Heard()];
    channels.open("a", ack(1, "x"), one);
    channels.await();
    channels.deliver(frame([10, 1, 1], [10, 2, 2]));
    channels.open("b", ack(2, "y"), two);
    expect(one.lines.filter((line) => line.startsWith("d/x"))).toEqual(["d/x 10 1"]);
    expect(two.lines).toContain("d/y 10 2");
  });

  it("tells a refusal, and ignores the answer to a subscription that was replaced", () => {
    const channels = new Channels();
    const heard = new Heard();
    channels.await();
    channels.open("a", { ok: false, error: "at most 64" }, heard);
    channels.open("a", null, heard);
    expect(heard.lines).toEqual(["refused: at most 64"]);
  });
});

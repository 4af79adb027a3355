/* What is to be seen on the chart at one moment; read by plot.ts and marks.ts before every drawing. */
import type { Level } from "../../series/rules";
import type { Track } from "../../series/track";
import type { Anomaly } from "../../wire/documents";

export interface Scene {
  track: Track | null;
  /** Unix ms */
  window: [number, number];
  levels: readonly Level[];
  anomalies: readonly Anomaly[];
  /** from here to the right edge nothing is known: the connection is lost. null while it stands */
  unknownFrom: number | null;
}

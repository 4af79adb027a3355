/* Which levels of which rules apply to a series, to be drawn on its chart. Called by chart.svelte.ts. */
import type { Device, Rule, Severity } from "../wire/documents";

export interface Level {
  value: number;
  severity: Severity;
  /** e.g. "> 8", and the rule's name */
  sign: string;
  rule: string;
  /** where an alert of this rule ends, when it is another value */
  clear: number | null;
}

export function levelsFor(rules: readonly Rule[], device: Device | undefined, id: string, metric: string): Level[] {
  return rules
    .filter((rule) => rule.enabled !== false && rule.when.kind === "threshold" && fits(rule.metric ?? "*", metric))
    .filter((rule) => inScope(rule, device, id))
    .flatMap((rule) => {
      const { value, op, clear } = rule.when;
      if (value === undefined) return [];
      const name = rule.name || rule.id;
      return [{ value, severity: rule.severity, sign: `${signOf(op)} ${value}`, rule: name, clear: clear ?? null }];
    });
}

function inScope(rule: Rule, device: Device | undefined, id: string): boolean {
  const { devices = ["*"], profiles = [], tags = {} } = rule.scope ?? {};
  if (devices.length && !devices.some((pattern) => fits(pattern, id))) return false;
  if (profiles.length && !profiles.includes(device?.profile ?? "")) return false;
  return Object.entries(tags).every(([name, value]) => device?.tags?.[name] === value);
}

/** A pattern with * for any run of characters. */
function fits(pattern: string, text: string): boolean {
  if (!pattern.includes("*")) return pattern === text;
  const source = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`).test(text);
}

const SIGNS: Record<string, string> = { ">=": "≥", "<=": "≤" };

function signOf(op: string | undefined): string {
  return op ? (SIGNS[op] ?? op) : ">";
}

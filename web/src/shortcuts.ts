/* Single-key shortcuts. Attached to the window by App.svelte; they are silent in fields and dialogs, and can be switched off. */

export interface Key {
  key: string;
  shown: string;
  words: string;
}

export const KEYS: readonly Key[] = [
  { key: "/", shown: "/", words: "Search the devices" },
  { key: " ", shown: "space", words: "Pause or resume the chart" },
  { key: "a", shown: "a", words: "Acknowledge the alert that has the focus" },
  { key: "t", shown: "t", words: "Dark or light" },
  { key: "?", shown: "?", words: "This help" },
];

/** The key to act on, or null when the event belongs to a field, a control, a dialog or the browser. */
export function actingKey(event: KeyboardEvent, enabled: boolean): string | null {
  if (!enabled || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, textarea, select, [contenteditable], dialog")) return null;
  if (event.key === " " && target?.closest("button, a, summary, [role=option]")) return null;
  return KEYS.some(({ key }) => key === event.key) ? event.key : null;
}

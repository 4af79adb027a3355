/* What the page remembers in this browser. A browser that refuses storage loses it at the end of the visit, nothing else. */

const PREFIX = "tidings.";

export function recall(name: string, storage: () => Storage = () => localStorage): string | null {
  try {
    return storage().getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** null forgets. */
export function remember(name: string, value: string | null, storage: () => Storage = () => localStorage): void {
  try {
    if (value === null) storage().removeItem(PREFIX + name);
    else storage().setItem(PREFIX + name, value);
  } catch {
    /* refused or full: the value lives as long as the page */
  }
}

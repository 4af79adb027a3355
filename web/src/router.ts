/* The address of a view, kept in the hash: "#/?device=pump-001&metric=pressure&range=1h". Pure; route.svelte.ts makes it live. */

export interface Route {
  path: string;
  params: Record<string, string>;
}

export function parseHash(hash: string): Route {
  const text = hash.replace(/^#/, "");
  const at = text.indexOf("?");
  const path = at < 0 ? text : text.slice(0, at);
  const params = Object.fromEntries(new URLSearchParams(at < 0 ? "" : text.slice(at + 1)));
  return { path: path === "" ? "/" : path, params };
}

export function formatHash(route: Route): string {
  const query = new URLSearchParams(route.params).toString();
  return `#${route.path}${query ? `?${query}` : ""}`;
}

/** The route with some parameters changed; null takes one away. */
export function withParams(route: Route, changes: Record<string, string | null>): Route {
  const params = { ...route.params };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete params[name];
    else params[name] = value;
  }
  return { path: route.path, params };
}

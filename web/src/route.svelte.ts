/* The address bar as state. One per page; the parts read `route.params` and call `set`. */
import { type Route, formatHash, parseHash, withParams } from "./router";

export class RouteState {
  current: Route = $state.raw(parseHash(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.current = parseHash(location.hash)));
  }

  get params(): Record<string, string> {
    return this.current.params;
  }

  /** Changes parameters; with `step` the back button returns to what was before. */
  set(changes: Record<string, string | null>, step = false): void {
    const next = withParams(this.current, changes);
    const hash = formatHash(next);
    if (hash === formatHash(this.current)) return;
    this.current = next;
    if (step) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  }
}

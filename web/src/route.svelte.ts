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

  /** Changes parameters in place: choosing a device is a step back for the back button only when `step` is true. */
  set(changes: Record<string, string | null>, step = false): void {
    this.current = withParams(this.current, changes);
    const hash = formatHash(this.current);
    if (hash === location.hash) return;
    if (step) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  }
}

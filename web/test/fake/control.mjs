/* /fake/<what>?…: breaks the fake platform on purpose, or tells it to do something. Used by server.mjs, called by the e2e tests. */

const ACTIONS = {
  /** what the tests ask first, to learn that this is no real platform */
  hello: () => {},
  raise: ({ world, query }) => world.raise(Object.fromEntries(query)),
  clear: ({ world, query }) => world.change(query.get("id"), "cleared", { state: "cleared", cleared_at: new Date().toISOString() }),
  refuse: ({ options }) => (options.refuse = true),
  slow: ({ options, query }) => (options.slow = Number(query.get("ms"))),
  drop: ({ options, query }) => (options.drop = Number(query.get("frames") ?? 1)),
  lose: ({ world, query }) => world.count(Math.floor(Date.now() / 60_000) * 60_000 - 60_000, Number(query.get("readings") ?? 37)),
  state: ({ world, query }) => world.setState(query.get("id"), query.get("state")),
  fail: ({ options, query }) => (options.fail = new Set(query.get("paths")?.split(",") ?? [])),
  ill: ({ world }) => {
    world.health = { ...world.health, ok: false, parts: { ...world.health.parts, series: "the series store does not answer; readings wait in the log" } };
    world.emit("health", world.health);
  },
  away: ({ options, io, query }) => {
    options.awayUntil = Date.now() + Number(query.get("ms") ?? 3000);
    io.disconnectSockets(true);
  },
};

export function control(world, options, io, url) {
  const action = ACTIONS[url.pathname.slice(6)];
  const result = action?.({ world, options, io, query: url.searchParams });
  return { ok: Boolean(action), result: typeof result === "object" ? result : null };
}

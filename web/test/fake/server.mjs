/* A stand-in for the platform: the built page, /api/v1 and /socket.io with plausible data, and /fake/… to break things on purpose.
   A tool of the tests and of work on the page: `npm run fake -- --port 8090 [--devices 200] [--empty] [--token T] [--fail alerts,…]`. */
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Server } from "socket.io";
import { serveChannel } from "./channel.mjs";
import { control } from "./control.mjs";
import { answer } from "./routes.mjs";
import { World } from "./world.mjs";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; " +
  "base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";

/** Resolves to {url, stop, world, options}. Port 0: a free one. */
export async function startFake({ port = 0, devices = 200, empty = false, token = null, fail = [] } = {}) {
  const world = new World({ devices, empty });
  const options = { token, fail: new Set(fail), refuse: false, drop: 0, awayUntil: 0, slow: undefined };
  const server = createServer((request, response) => void handle(world, options, io, request, response));
  const io = new Server(server, {
    transports: ["websocket"],
    serveClient: false,
    allowRequest: (_, allow) => allow(null, Date.now() >= options.awayUntil),
  });
  serveChannel(io, world, options);
  const rest = world.run();
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = () => {
    rest();
    return io.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop, world, options };
}

async function handle(world, options, io, request, response) {
  const url = new URL(request.url, "http://fake");
  if (url.pathname.startsWith("/fake/")) return json(response, 200, control(world, options, io, url));
  if (!url.pathname.startsWith("/api/v1/")) return file(response, url.pathname);
  try {
    const path = url.pathname.slice(8).split("/").map(decodeURIComponent);
    guard(options, request, path[0]);
    const body = request.method === "POST" ? JSON.parse(await text(request)) : null;
    const result = answer(world, options, request.method, path, url.searchParams, body);
    return json(response, result.status ?? 200, result.status && result.body ? result.body : result);
  } catch (error) {
    const [status, title, detail] = Array.isArray(error) ? error : [500, "Error", String(error.stack)];
    return json(response, status, { type: "about:blank", status, title, detail }, "application/problem+json");
  }
}

function guard(options, request, name) {
  if (Date.now() < options.awayUntil) throw [503, "Away", "the fake platform pretends to be away"];
  if (options.token && request.headers.authorization !== `Bearer ${options.token}`) throw [401, "A token is needed", ""];
  if (options.fail.has(name)) throw [503, "The documents are away", `${name} cannot be read now; trying again by itself`];
}

async function text(request) {
  let all = "";
  for await (const part of request) all += part;
  return all;
}

function json(response, status, body, type = "application/json") {
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

function file(response, path) {
  const name = join(DIST, normalize(path === "/" ? "/index.html" : path));
  if (!name.startsWith(DIST) || !existsSync(name)) return response.writeHead(404).end("not found");
  response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", "content-security-policy": CSP });
  return createReadStream(name).pipe(response);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "8090" }, devices: { type: "string", default: "200" }, empty: { type: "boolean" }, token: { type: "string" }, fail: { type: "string" } },
  });
  const fake = await startFake({ port: Number(values.port), devices: Number(values.devices), empty: values.empty ?? false, token: values.token ?? null, fail: values.fail?.split(",") ?? [] });
  console.log(`fake platform at ${fake.url}`);
}

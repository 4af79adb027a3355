/* Fails the build when the page outgrows its budget. Called by `npm run build`, after vite.
   Sizes are gzip -9: what a browser downloads before the first paint, and the largest chunk that comes later. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const INITIAL_KB = 45;
const LAZY_KB = 60;

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const kilobytes = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1000;

function withImports(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) withImports(next, seen);
  return seen;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = new Set(["boot.js"]);
for (const key of withImports(entry)) {
  first.add(manifest[key].file);
  for (const css of manifest[key].css ?? []) first.add(css);
}
const later = new Set(Object.values(manifest).flatMap((part) => [part.file, ...(part.css ?? [])]));
for (const file of first) later.delete(file);

const initial = [...first].reduce((sum, file) => sum + kilobytes(file), 0);
const lazy = [...later].map((file) => ({ file, size: kilobytes(file) })).sort((a, b) => b.size - a.size);
console.log(`initial ${initial.toFixed(1)} kB gz of ${INITIAL_KB} (${[...first].join(", ")})`);
for (const { file, size } of lazy) console.log(`lazy    ${size.toFixed(1)} kB gz  ${file}`);

const broken = [];
if (initial > INITIAL_KB) broken.push(`initial load is ${initial.toFixed(1)} kB gz, allowed ${INITIAL_KB}`);
for (const { file, size } of lazy) if (size > LAZY_KB) broken.push(`${file} is ${size.toFixed(1)} kB gz, allowed ${LAZY_KB}`);
if (broken.length) {
  console.error(`budget: ${broken.join("; ")}. Import less at the start, or load it when it is needed.`);
  process.exit(1);
}

/* How the page is built, tested and served while it is worked on. Called by vite and vitest. */
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const platform = process.env["TIDINGS_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte({ compilerOptions: { runes: true } })],
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, manifest: true },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": platform, "/socket.io": { target: platform, ws: true } },
  },
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: { include: ["test/unit/**/*.test.ts"] },
});

import { readFileSync } from "node:fs";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** What the app's own configuration allows its window; the preview answers with it so that a violation shows early. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; connect-src ipc: http://ipc.localhost ws://127.0.0.1:*; img-src 'self'; " +
  "style-src 'self'; font-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'";

/** Of the whole product, as the workspace has it. */
function version(): string {
  const workspace = readFileSync(new URL("../Cargo.toml", import.meta.url), "utf8");
  const found = /^version = "([^"]+)"$/m.exec(workspace)?.[1];
  if (found === undefined) throw new Error("Cargo.toml says no version.");
  return found;
}

export default defineConfig({
  plugins: [svelte()],
  define: { "import.meta.env.VERSION": JSON.stringify(version()) },
  build: {
    // WebKitGTK 2.44, WKWebView of macOS 14 and WebView2 all understand this.
    target: ["safari17", "chrome120"],
    // A data: URI would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { host: "127.0.0.1", port: 5173, strictPort: true },
  preview: { host: "127.0.0.1", headers: { "Content-Security-Policy": CONTENT_SECURITY_POLICY } },
  // Components under test run in the browser build of Svelte, not in the one for servers.
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: {
    // With a folder for them, pictures of all screens are taken instead.
    include: process.env["SCREENS"] ? ["tests/browser/pictures.ts"] : ["tests/**/*.test.ts"],
    environment: "node",
    restoreMocks: true,
  },
});

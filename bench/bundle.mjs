import { build } from "esbuild";

/** What bundles of this project have in common: shaders are text, and a page has none of Node's modules. */
const common = {
  bundle: true,
  format: "esm",
  target: "es2022",
  loader: { ".wgsl": "text", ".wasm": "binary" },
  logLevel: "warning",
};
const page = { platform: "browser", external: ["node:*", "crypto", "fs", "path", "module", "url"] };
const program = { platform: "node", packages: "external" };

/** Runs esbuild over these options for a page, or for a process of Deno or Node. */
export async function bundle(options, { inPage }) {
  return await build({ ...common, ...(inPage ? page : program), ...options });
}

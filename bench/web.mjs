// npm run bench:web [-- PORT]: the benchmark as a page of this machine's browser.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";
import { serve } from "./serve.mjs";

const source = (name) => fileURLToPath(new URL(`suite/web/${name}`, import.meta.url));

/** Bundles and serves the page.
 * @returns the server and the page's address */
export async function serveBench(port) {
  const entryPoints = { page: source("page.ts"), worker: source("worker.ts") };
  const { outputFiles } = await bundle({ entryPoints, outdir: "/", write: false }, { inPage: true });
  const scripts = Object.fromEntries(
    outputFiles.map(({ path, text }) => [path.endsWith("worker.js") ? "/worker.js" : "/page.js", text]),
  );
  return await serve({ "/": readFileSync(source("index.html"), "utf8"), ...scripts }, port);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await serveBench(Number(process.argv[2] ?? 8123));
  process.stdout.write(`The benchmark is at ${address} (a browser with WebGPU is wanted). Ctrl-C ends it.\n`);
}

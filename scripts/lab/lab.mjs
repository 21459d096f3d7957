// node scripts/lab/lab.mjs [PORT]: builds the lab and serves it to this machine's browser.
import { fileURLToPath } from "node:url";
import { buildLab } from "./build.mjs";
import { serveFolder } from "./serve.mjs";

/** Builds and serves the lab.
 * @returns the server and the page's address */
export async function openLab(port = 8124) {
  return await serveFolder(await buildLab(), { port });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await openLab(process.argv[2] === undefined ? undefined : Number(process.argv[2]));
  process.stdout.write(`The lab is at ${address} (a browser with WebGPU is wanted). Ctrl-C ends it.\n`);
}

// node scripts/lab/lab.mjs [PORT]: builds the lab and serves it to this machine's browser.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serveFolder } from "./serve.mjs";

/** Serves the lab: in a clone it is built first, the published package brings it built.
 * @returns the server and the page's address */
export async function openLab(port = 8124) {
  const isClone = existsSync(new URL("../../lab/main.tsx", import.meta.url));
  const built = isClone
    ? await (await import("./build.mjs")).buildLab()
    : fileURLToPath(new URL("../../dist/lab", import.meta.url));
  return await serveFolder(built, { port });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await openLab(process.argv[2] === undefined ? undefined : Number(process.argv[2]));
  process.stdout.write(`The lab is at ${address} (a browser with WebGPU is wanted). Ctrl-C ends it.\n`);
}

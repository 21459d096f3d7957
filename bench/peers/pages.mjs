// The peers for a page, which cannot import from a folder.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** What a page loads of them, by path: the folder's peers.mjs with all that it imports, and the programs for WebAssembly that
 * the libraries look for beside it. Nothing without `--peers DIR` among the arguments. */
export async function peerPages(args) {
  const at = args.indexOf("--peers");
  if (at < 0) return {};
  const folder = resolve(args[at + 1] ?? "");
  const { outputFiles } = await build({
    entryPoints: [join(folder, "peers.mjs")],
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  const programs = ["onnxruntime-web", "@tensorflow/tfjs-backend-wasm"].flatMap((name) => {
    const dist = join(folder, "node_modules", name, "dist");
    const files = readdirSync(dist).filter((file) => file.endsWith(".wasm"));
    return files.map((file) => [`/peers/${file}`, readFileSync(join(dist, file))]);
  });
  return { "/peers/peers.mjs": outputFiles[0].text, ...Object.fromEntries(programs) };
}

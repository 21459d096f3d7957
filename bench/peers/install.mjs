// node bench/peers/install.mjs [DIR]: installs the libraries that Backlight is compared with into a folder of their own,
// node_modules/.cache/peers unless given. They are no dependencies of the project.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const dependencies = {
  "@jax-js/jax": "0.1.25",
  "@tensorflow/tfjs": "4.22.0",
  "@tensorflow/tfjs-backend-wasm": "4.22.0",
  "@tensorflow/tfjs-backend-webgpu": "4.22.0",
  "onnx-proto": "8.0.1",
  "onnxruntime-web": "1.30.0",
};

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "../../node_modules/.cache/peers"));
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, "package.json"),
  `${JSON.stringify({ private: true, type: "module", dependencies }, null, 2)}\n`,
);
copyFileSync(join(here, "entry.mjs"), join(folder, "peers.mjs"));
// None of them needs its install scripts.
const { status } = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], {
  cwd: folder,
  stdio: "inherit",
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;

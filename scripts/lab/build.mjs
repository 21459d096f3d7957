// node scripts/lab/build.mjs [FOLDER]: the lab as a static folder (dist/lab) that any web server can give out, at any path.
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundle } from "../../bench/bundle.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** What the page takes along, by its place in the folder. */
const beside = {
  "weights/efficientnet-lite0.safetensors": "weights/efficientnet-lite0.safetensors",
  "weights/mnist/dense.safetensors": "weights/mnist/dense.safetensors",
  "weights/mnist/gap.safetensors": "weights/mnist/gap.safetensors",
  "weights/NOTICE": "weights/NOTICE",
  "weights/samples": "weights/samples",
  samples: "lab/samples",
  // where the JPEG decoder looks for it: beside the script that wants it
  "code/mozjpeg_dec.wasm": "node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm",
};

/** Fetched when a file of their kind, or the benchmark, is opened, and only then kept for later. */
const onDemand = /\/hdf5[^/]*\.js$|^bench\//;

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  minify: true,
  loader: { ".wgsl": "text" },
  logLevel: "warning",
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "utf8",
  legalComments: "linked",
};

/** Builds into a folder, which is replaced as a whole. */
export async function buildLab(folder = join(root, "dist/lab")) {
  const temporary = `${folder}.${process.pid}.tmp`;
  await mkdir(temporary, { recursive: true });
  try {
    await bundlePage(temporary);
    for (const [to, from] of Object.entries(beside))
      await cp(join(root, from), join(temporary, to), { recursive: true });
    await bundleBench(temporary);
    await bundleWorker(temporary);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

async function bundlePage(folder) {
  const { metafile } = await build({
    ...common,
    entryPoints: { main: "lab/main.tsx", style: "lab/style/index.css" },
    splitting: true,
    external: ["node:*", ...builtinModules],
    outdir: join(folder, "code"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    metafile: true,
  });
  const made = (name, kind) =>
    `code/${basename(Object.keys(metafile.outputs).find((path) => new RegExp(`/${name}-[^/]*\\.${kind}$`).test(path)))}`;
  const html = await readFile(join(root, "lab/index.html"), "utf8");
  const page = html.replace("STYLE", made("style", "css")).replace("SCRIPT", made("main", "js"));
  await writeFile(join(folder, "index.html"), page);
}

/** The benchmark's page, with its worker beside it. */
async function bundleBench(folder) {
  const source = (name) => join(root, "bench/suite/web", name);
  const entryPoints = { page: source("page.ts"), worker: source("worker.ts") };
  const options = {
    entryPoints,
    outdir: join(folder, "bench"),
    minify: true,
    keepNames: true,
    charset: "utf8",
    legalComments: "linked",
  };
  await bundle(options, { inPage: true });
  await cp(source("index.html"), join(folder, "bench/index.html"));
}

async function bundleWorker(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    .sort();
  const hash = createHash("sha256");
  for (const path of paths) hash.update(path).update(await readFile(join(folder, path)));
  // the page goes by the name of its folder
  const files = ["./", ...paths.filter((path) => !onDemand.test(path) && path !== "index.html")];
  await build({
    ...common,
    entryPoints: ["lab/service-worker.ts"],
    outfile: join(folder, "service-worker.js"),
    define: { FILES: JSON.stringify(files), VERSION: JSON.stringify(hash.digest("hex").slice(0, 16)) },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = await buildLab(process.argv[2] && resolve(process.argv[2]));
  process.stdout.write(
    `The lab is in ${relative(process.cwd(), folder) || "."}: a static folder for any web server.\n`,
  );
}

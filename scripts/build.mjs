// node scripts/build.mjs [NAME...]: bundles into dist/, all of it or the named outputs.
//   index.js    the library for Node, Deno and other bundlers; packages stay imports
//   cli.mjs     the command line for Node; packages stay imports
//   browser.js  the library for a page without a bundler; beside it lie the files that it loads on demand:
//   pngjs.js, mozjpeg_dec.wasm, h5wasm.js   for PNG, JPEG and HDF5 files
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");

/** Modules for hosts with files import these, on demand. */
const builtIn = ["node:*", ...builtinModules];

/** Modules that read files name them relative to themselves: moved into dist/ they keep their old address. */
const originalUrls = {
  name: "original-urls",
  setup(esbuild) {
    esbuild.onLoad({ filter: /\.host\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes("import.meta.url")) return undefined;
      const address = JSON.stringify(relative(dist, path).replaceAll(sep, "/"));
      const contents = source.replaceAll("import.meta.url", `new URL(${address}, import.meta.url).href`);
      return { contents, loader: "ts" };
    });
  },
};

/** A page loads the reader of a format with its first file of that format: together they outweigh the library. */
const besideBundle = {
  name: "beside-bundle",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^#pngjs$/ }, () => ({ path: "./pngjs.js", external: true }));
    esbuild.onResolve({ filter: /^h5wasm$/ }, () => ({ path: "./h5wasm.js", external: true }));
  },
};

const library = { entryPoints: ["src/index.ts"] };
const outputs = {
  // Which pngjs "#pngjs" stands for is left to whoever bundles or runs this file.
  "index.js": { ...library, packages: "external", external: ["#pngjs", ...builtIn], platform: "neutral" },
  "cli.mjs": { entryPoints: ["src/cli/main.ts"], packages: "external", platform: "node" },
  "browser.js": { ...library, platform: "browser", plugins: [originalUrls, besideBundle] },
  "pngjs.js": { entryPoints: ["pngjs/browser.js"], platform: "browser", minify: true, sourcemap: false },
  "h5wasm.js": { entryPoints: ["h5wasm"], platform: "browser", minify: true, sourcemap: false },
  "mozjpeg_dec.wasm": { entryPoints: ["@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"], sourcemap: false },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: "es2022",
  sourcemap: true,
  logLevel: "warning",
  // Errors are told apart by their class's name.
  keepNames: true,
  loader: { ".wgsl": "text", ".wasm": "copy" },
  external: builtIn,
  plugins: [originalUrls],
};

async function bundle(name) {
  // Someone may be running the old file: the new one takes its place in one step.
  const temporary = join(dist, `.${process.pid}.tmp`);
  await mkdir(temporary, { recursive: true });
  try {
    await build({ ...common, ...outputs[name], outfile: join(temporary, name) });
    // The source map, if there is one, goes first.
    const made = (await readdir(temporary)).sort().reverse();
    for (const file of made) await rename(join(temporary, file), join(dist, file));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(outputs);
for (const name of names) {
  if (!(name in outputs)) {
    process.stderr.write(`build: unknown output "${name}"; there are ${Object.keys(outputs).join(", ")}\n`);
    process.exit(2);
  }
}
try {
  for (const name of names) await bundle(name);
} catch (error) {
  // esbuild has printed what is wrong and where.
  if (!Array.isArray(error.errors)) throw error;
  process.exitCode = 1;
}

// node scripts/build.mjs [NAME...]: bundles into dist/, all of it or the named outputs.
//   index.js    the library for Node, Deno and other bundlers; packages stay imports
//   cli.mjs     the command line for Node; packages stay imports
//   browser.js  the library in one file, for a page without a bundler
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");

const library = { entryPoints: ["src/index.ts"], packages: "external", platform: "neutral" };
const outputs = {
  "index.js": library,
  "cli.mjs": { entryPoints: ["src/cli/main.ts"], packages: "external", platform: "node" },
  "browser.js": { entryPoints: ["src/index.ts"], platform: "browser" },
};

/** Files are named relative to the module that reads them: a module moved into dist/ keeps its old address. */
const originalUrls = {
  name: "original-urls",
  setup(esbuild) {
    esbuild.onLoad({ filter: /\.(ts|js|mjs)$/ }, async ({ path }) => {
      if (path.includes(`${sep}node_modules${sep}`)) return undefined;
      const source = await readFile(path, "utf8");
      if (!source.includes("import.meta.url")) return undefined;
      const address = JSON.stringify(relative(dist, path).replaceAll(sep, "/"));
      const contents = source.replaceAll("import.meta.url", `new URL(${address}, import.meta.url).href`);
      return { contents, loader: extname(path) === ".ts" ? "ts" : "js" };
    });
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: "es2022",
  sourcemap: true,
  logLevel: "warning",
  loader: { ".wgsl": "text" },
  // Modules for hosts with files import these, on demand.
  external: ["node:*", ...builtinModules],
  plugins: [originalUrls],
};

async function bundle(name) {
  // Someone may be running the old file: the new one takes its place in one step.
  const temporary = join(dist, `.${process.pid}.tmp`);
  await mkdir(temporary, { recursive: true });
  try {
    await build({ ...common, ...outputs[name], outfile: join(temporary, name) });
    await rename(join(temporary, `${name}.map`), join(dist, `${name}.map`));
    await rename(join(temporary, name), join(dist, name));
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

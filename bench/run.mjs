// node bench/run.mjs LANE FILE.ts [ARGS...]: runs a benchmark in one of the four lanes that `npm test` has:
// deno-lavapipe, deno-swiftshader, node-dawn, chrome; "own" is Deno on the adapter that set-up chose for this machine.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { become, readGpuEnv, withDriver } from "../scripts/child.mjs";
import { bundle } from "./bundle.mjs";
import { runInChrome } from "./chrome.mjs";

const here = dirname(fileURLToPath(import.meta.url));
// Inside the project, so that the packages are found.
const folder = join(here, "../node_modules/.cache", `bench-${process.pid}`);

async function bundleOf(file, inPage) {
  const [name, module] = inPage ? ["runInPage", "./page.ts"] : ["runInProcess", "./process.host.ts"];
  const contents = `import { ${name} } from "${module}"; import { bench } from ${JSON.stringify(resolve(file))};
    await ${name}(bench);`;
  const outfile = join(folder, "bench.mjs");
  mkdirSync(folder, { recursive: true });
  await bundle({ stdin: { contents, resolveDir: here }, outfile }, { inPage });
  return outfile;
}

const [lane, file, ...args] = process.argv.slice(2);
const gpu = readGpuEnv();
const found = lane === "own" && gpu ? { env: gpu.denoEnv } : gpu?.lanes?.[lane];
if (!file || !found) {
  const lanes = gpu ? ["own", ...Object.keys(gpu.lanes ?? {})].join(", ") : "";
  process.stderr.write(
    `usage: node bench/run.mjs LANE FILE.ts [ARGS...]\n${lanes ? `lanes: ${lanes}` : "First: npm run setup"}\n`,
  );
  process.exit(2);
}
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const program = await bundleOf(file, lane === "chrome");
if (lane === "chrome") process.exitCode = await runInChrome(program, { gpu, args: [lane, ...args] });
else if (lane === "node-dawn") become(process.execPath, [program, lane, ...args], withDriver(found.env));
else become(gpu.deno, ["run", "-A", "--no-lock", "--quiet", program, lane, ...args], withDriver(found.env));

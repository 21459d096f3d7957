// Chooses a driver for `npm start` and for each of the four test lanes, fetching the software drivers that are missing.
import { baseEnv, probeDeno, probeNode } from "./adapters.mjs";
import { findChrome, installChrome, installFromNpm, librariesFor, swiftshaderEnvironments } from "./chromium.mjs";
import { isLinux, isRoot, SetupError, say } from "./host.mjs";
import { fetchLavapipe, systemLavapipe, unpackedLavapipe } from "./lavapipe.mjs";

const noAdapter =
  "no WebGPU adapter that computes correctly.\n" +
  "  Linux:   install a Vulkan driver, e.g. sudo apt-get install mesa-vulkan-drivers libvulkan1 (has one in software)\n" +
  "  macOS:   Metal is always there; Deno needs macOS 12 or newer\n" +
  "  Windows: update the graphics driver (DirectX 12)\n" +
  "Then: npm run setup";

const noChrome =
  "the tests also run in Chrome, and there is no Chrome or Chromium here.\n" +
  "  Install one, or set CHROME_PATH to its program. Then: npm run setup && npm test";

/** The first of these probes that finds an adapter which computes correctly and is of the wanted kind. */
function firstWorking(probes, driver) {
  for (const probe of probes) {
    const found = probe();
    if (found?.countsLoops && (driver === undefined || found.driver === driver)) return found;
  }
  return undefined;
}

function once(find) {
  const answers = [];
  return (deno) => {
    if (answers.length === 0) answers.push(find(deno));
    return answers[0];
  };
}

/** lavapipe in Deno: the system's where it is new enough, else the one unpacked into .gpu. */
const lavapipeFor = once((deno) => {
  if (!isLinux) return undefined;
  const probes = [() => probeDeno(deno, unpackedLavapipe()), () => probeDeno(deno, systemLavapipe())];
  if (process.env.SETUP_FROM !== "npm") probes.push(() => probeDeno(deno, fetchLavapipe()));
  return firstWorking(probes, "lavapipe");
});

const swiftshaderFor = once((deno) => {
  const probes = () => swiftshaderEnvironments().map((env) => () => probeDeno(deno, env));
  return firstWorking(probes(), "swiftshader") ?? (installFromNpm() && firstWorking(probes(), "swiftshader"));
});

/** The adapter of `npm start`: a real GPU if there is one, else the fastest software driver. */
function chooseAdapter(deno) {
  const own = probeDeno(deno, {});
  if (own?.driver === "gpu" && own.countsLoops) return own;
  if (own && !own.countsLoops) say(`the system's own driver (${own.name}) ends long loops early: not using it`);
  const found = lavapipeFor(deno) ?? (own?.countsLoops ? own : undefined) ?? swiftshaderFor(deno);
  if (!found) throw new SetupError(noAdapter);
  return found;
}

/** Dawn in Node: a real GPU, else lavapipe (four times as fast as SwiftShader), else SwiftShader. */
function chooseForNode(adapter, software) {
  const environments = [...(adapter.driver === "gpu" ? [adapter.env] : []), ...software.map((found) => found?.env)];
  const found = firstWorking([...environments, {}].map((env) => () => probeNode(env)));
  if (found) return found;
  throw new SetupError(`Node's WebGPU (the npm package "webgpu", Dawn) finds no adapter here. ${noAdapter}`);
}

function chromeArgs() {
  const switches = [
    "--enable-unsafe-webgpu",
    // On every system: its own SwiftShader gives the same numbers everywhere.
    "--use-webgpu-adapter=swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
  ];
  if (isLinux) switches.push("--enable-features=Vulkan");
  if (isRoot) switches.push("--no-sandbox");
  return switches;
}

function chooseChrome() {
  const chrome = findChrome() ?? (isLinux && installChrome() ? findChrome() : undefined);
  if (!chrome) throw new SetupError(noChrome);
  return { chrome, chromeEnv: { ...baseEnv, ...librariesFor(chrome) }, chromeArgs: chromeArgs() };
}

/** What a lane runs on; a lane whose driver this machine cannot have runs on `otherwise`, and says so. */
function laneOf(name, wanted, found, otherwise) {
  const { driver, name: adapter, env } = found || otherwise;
  if (!found) say(`NOTE: no ${wanted} to be had here, so the test lane ${name} runs on "${adapter}" instead`);
  return { driver, adapter, env };
}

function forStart(deno, { name, driver, env }) {
  return { deno, adapter: name, software: driver !== "gpu", denoEnv: env };
}

/** What `npm start` needs: an adapter for Deno. */
export function chooseForStart(deno) {
  return forStart(deno, chooseAdapter(deno));
}

/** What the tests need on top: a driver for each lane, and a browser. */
export function chooseForTests(deno) {
  const browser = chooseChrome();
  const adapter = chooseAdapter(deno);
  const lavapipe = adapter.driver === "lavapipe" ? adapter : lavapipeFor(deno);
  const swiftshader = adapter.driver === "swiftshader" ? adapter : swiftshaderFor(deno);
  const node = chooseForNode(adapter, [lavapipe, swiftshader]);
  const lanes = {
    "deno-lavapipe": laneOf("deno-lavapipe", "lavapipe", lavapipe, adapter),
    "deno-swiftshader": laneOf("deno-swiftshader", "SwiftShader", swiftshader, adapter),
    "node-dawn": laneOf("node-dawn", "driver for Dawn", node, adapter),
    chrome: { driver: "swiftshader", adapter: "SwiftShader (Chrome's own)", env: browser.chromeEnv },
  };
  return { ...forStart(deno, adapter), nodeEnv: node.env, ...browser, lanes };
}

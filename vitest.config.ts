// The same test files on four WebGPU implementations: two compilers (naga, Tint), two software drivers, three runtimes.
import { readFileSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { denoPool } from "./test/support/deno-pool.ts";
import type { Driver, Lane } from "./test/support/gpu-env.ts";

interface GpuEnv {
  deno: string;
  chrome: string;
  chromeEnv: Record<string, string>;
  chromeArgs: string[];
  lanes: Record<Lane, { driver: Driver; adapter: string; env: Record<string, string> }>;
}

function readGpuEnv(): GpuEnv {
  try {
    const env = JSON.parse(readFileSync(new URL("./.gpu/env.json", import.meta.url), "utf8")) as Partial<GpuEnv>;
    if (env.lanes) return env as GpuEnv;
  } catch {
    // Not there, or not readable: the same advice.
  }
  throw new Error("The tests need to know this machine's WebGPU drivers: run `npm test`, or `npm run setup` once.");
}

const gpu = readGpuEnv();

/** `import code from "./x.wgsl" with { type: "text" }`: Deno and esbuild know it, Vite needs telling. */
const wgslText = {
  name: "wgsl-text",
  enforce: "pre" as const,
  transform(code: string, id: string) {
    return id.endsWith(".wgsl") ? { code: `export default ${JSON.stringify(code)}`, map: null } : null;
  },
};

// *.node.test.ts read many or large files, or use no GPU: code that is the same in every lane, run where it is quickest.
const inNodeOnly = ["**/*.node.test.ts", "**/node_modules/**"];
// *.host.test.ts test what a runtime has and a page has not: files, servers, processes. One lane of each runtime has them.
const ofHosts = "**/*.host.test.ts";

type TestOptions = NonNullable<TestProjectInlineConfiguration["test"]>;

// One process or page per lane, kept for all its files: a pipeline is compiled once. Within one run of vitest the Deno and
// Node lanes come one after another, Chrome beside them; scripts/test.mjs shares the lanes between two runs.
function defineLane(name: Lane, options: TestOptions): TestProjectInlineConfiguration {
  const { driver, adapter, env } = gpu.lanes[name];
  return {
    plugins: [wgslText],
    // Imported by a name of package.json, which Vite's scan does not follow: found late, it would reload the page.
    optimizeDeps: { include: ["pngjs/browser.js"] },
    test: {
      name,
      env,
      provide: { lane: name, driver, adapter },
      include: ["test/**/*.test.ts"],
      isolate: false,
      maxWorkers: 1,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      ...options,
    },
  };
}

const chromium = playwright({
  launchOptions: {
    executablePath: gpu.chrome,
    args: gpu.chromeArgs,
    env: { ...(process.env as Record<string, string>), ...gpu.chromeEnv },
  },
});

// scripts/test.mjs counts the tests in it.
const report = process.env.BACKLIGHT_TEST_REPORT;

export default defineConfig({
  test: {
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    projects: [
      defineLane("deno-lavapipe", { pool: denoPool("deno-lavapipe", gpu.deno), exclude: inNodeOnly }),
      defineLane("deno-swiftshader", {
        pool: denoPool("deno-swiftshader", gpu.deno),
        exclude: [ofHosts, ...inNodeOnly],
      }),
      // With threads instead of forks, a driver variable never reaches native code.
      defineLane("node-dawn", { pool: "forks", setupFiles: ["test/support/setup.node.ts"] }),
      defineLane("chrome", {
        exclude: [ofHosts, ...inNodeOnly],
        browser: {
          enabled: true,
          headless: true,
          screenshotFailures: false,
          provider: chromium,
          instances: [{ browser: "chromium" }],
        },
      }),
    ],
  },
});

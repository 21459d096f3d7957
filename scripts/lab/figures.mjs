// node scripts/lab/figures.mjs: the figures of the docs, from the lab itself in this machine's browser. It needs `npm run setup`.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { buildLab } from "./build.mjs";
import { serveFolder } from "./serve.mjs";

const root = new URL("../../", import.meta.url);

/** Views, and how many pixels from the top of each are shown. */
const figures = [
  ["lab-look", "look?model=efficientnet-lite0&picture=cat-and-coffee&class=967", 860],
  ["lab-alpha", "alpha?model=mnist&picture=seven", 1100],
  ["lesson-look", "look?model=mnist&picture=seven", 760],
  ["lesson-network", "network?model=mnist&picture=seven", 760],
  ["lesson-tape", "tape?model=mnist&picture=seven&way=backward&node=conv3", 860],
  ["lesson-seed", "seed?model=mnist&picture=seven", 760],
  ["lesson-alpha", "alpha?model=mnist&picture=seven", 1180],
  ["lesson-cam", "cam?model=mnist-gap&picture=seven", 760],
  ["lesson-gate", "gate?model=mnist&picture=seven", 860],
  ["lesson-pool", "pool?model=mnist&picture=seven", 760],
];

const gpu = JSON.parse(readFileSync(new URL(".gpu/env.json", root), "utf8"));
const { server, address } = await serveFolder(await buildLab());
const browser = await chromium.launch({
  executablePath: gpu.chrome,
  args: gpu.chromeArgs,
  env: { ...process.env, ...gpu.chromeEnv },
});
try {
  for (const [name, hash, height] of figures) {
    const page = await browser.newPage({ viewport: { width: 1180, height } });
    await page.goto(`${address}#/${hash}`);
    await page.waitForFunction(
      () => document.querySelector("main canvas, main svg") && !document.querySelector(".busy, [aria-busy='true']"),
      undefined,
      { timeout: 120_000 },
    );
    // small pictures come in as they come into view
    await page.waitForTimeout(2000);
    await page.screenshot({ path: fileURLToPath(new URL(`docs/images/${name}.png`, root)) });
    await page.close();
    process.stdout.write(`docs/images/${name}.png\n`);
  }
} finally {
  await browser.close();
  server.close();
}

// The lab in a real Chromium on the software adapter: built once, served from below a path, driven as a reader would.
// Whatever a page complains of fails its test. How each page looked in the end is kept in node_modules/.cache/lab-pictures.
import { readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect } from "vitest";

interface GpuEnv {
  readonly chrome: string;
  readonly chromeArgs: string[];
  readonly chromeEnv: Record<string, string>;
}

const pictures = fileURLToPath(new URL("../../node_modules/.cache/lab-pictures/", import.meta.url));

/** Time for a network to load and answer on a software adapter, in milliseconds. */
export const patience = 100_000;

async function script<T>(name: string): Promise<T> {
  const { href } = new URL(`../../scripts/lab/${name}.mjs`, import.meta.url);
  return (await import(/* @vite-ignore */ href)) as T;
}

/** What is made once for all files: each would wait seconds for it. */
interface Site {
  readonly browser: Browser;
  readonly address: string;
}

/** Ends with the process. */
let site: Promise<Site> | undefined;

async function openSite(): Promise<Site> {
  rmSync(pictures, { recursive: true, force: true });
  const gpu = JSON.parse(readFileSync(new URL("../../.gpu/env.json", import.meta.url), "utf8")) as GpuEnv;
  const { buildLab } = await script<{ buildLab: (folder: string) => Promise<string> }>("build");
  const folder = await buildLab(fileURLToPath(new URL("../../node_modules/.cache/lab", import.meta.url)));
  type Served = { server: Server; address: string };
  const { serveFolder } = await script<{ serveFolder: (folder: string, at: object) => Promise<Served> }>("serve");
  const { server, address } = await serveFolder(folder, { base: "/a/path/" });
  server.unref();
  const env = { ...process.env, ...gpu.chromeEnv } as Record<string, string>;
  const args = [...gpu.chromeArgs, "--use-fake-device-for-media-stream"];
  return { browser: await chromium.launch({ executablePath: gpu.chrome, args, env }), address };
}

export class Lab {
  readonly complaints: string[] = [];
  readonly #contexts: BrowserContext[] = [];
  #browser: Browser | undefined;
  address = "";

  async start(): Promise<void> {
    site ??= openSite();
    const { browser, address } = await site;
    this.#browser = browser;
    this.address = address;
  }

  /** A browser's profile of its own. */
  async context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    if (!this.#browser) throw new Error("the lab is not started");
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    this.#contexts.push(context);
    return context;
  }

  /** As a driver's fault would. */
  async crashGpu(): Promise<void> {
    const session = await this.#browser?.newBrowserCDPSession();
    // the answer never comes: who would send it is gone
    void session?.send("Browser.crashGpuProcess").catch(() => {});
  }

  /** A new page at a view: "look?model=mnist". It waits until the network has looked at the picture. */
  async open(view: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.context(options);
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    page.on("pageerror", ({ message }) => this.complaints.push(message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    await page.goto(`${this.address}#/${view}`);
    await ready(page);
    return page;
  }

  /** Closes every page of this file, and keeps a picture of each. */
  async stop(): Promise<void> {
    const file = basename(expect.getState().testPath ?? "page", ".node.test.ts");
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [i, page] of pages.entries())
      await page.screenshot({ path: join(pictures, `${file}-${i + 1}.png`), fullPage: true });
    for (const context of this.#contexts) await context.close();
  }
}

/** Goes to another view of an open page, as a link would. */
export async function go(page: Page, view: string): Promise<void> {
  await page.evaluate(async (hash) => {
    location.hash = hash;
    // the page hears of it in its next turns, and draws after them
    for (let i = 0; i < 3; i++) await new Promise((done) => setTimeout(done, 20));
  }, `#/${view}`);
  await ready(page);
}

/** From now on the page waits so long for whatever it reads of the GPU, in milliseconds. */
export async function slowDown(page: Page, delay: number): Promise<void> {
  await page.evaluate((pause) => {
    const map = GPUBuffer.prototype.mapAsync;
    GPUBuffer.prototype.mapAsync = async function (...how) {
      await new Promise((done) => setTimeout(done, pause));
      await map.apply(this, how);
    };
  }, delay);
}

/** Waits until nothing is under way. */
export async function ready(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.waitForFunction(
    () => document.querySelector("main h1") && !document.querySelector(".busy, [aria-busy='true']"),
    undefined,
    { timeout: patience },
  );
}

/** What axe finds wrong with a page, in a line each. */
export async function barriers(page: Page): Promise<string[]> {
  // axe-core runs in the page, where another copy of playwright's types would not fit
  const { violations } = await new AxeBuilder({ page: page as never }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** The lab for all tests of a file. */
export function useLab(): Lab {
  const lab = new Lab();
  beforeAll(() => lab.start());
  afterAll(async () => {
    await lab.stop();
    expect(lab.complaints).toEqual([]);
  });
  return lab;
}

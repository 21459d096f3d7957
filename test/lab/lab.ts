// The lab in a real Chromium on the software adapter: built once for a test file, served from below a path, driven as a
// reader would. Whatever the page complains of fails the test.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect } from "vitest";

interface GpuEnv {
  readonly chrome: string;
  readonly chromeArgs: string[];
  readonly chromeEnv: Record<string, string>;
}

/** Time for a network to load and answer on a software adapter, in milliseconds. */
export const patience = 100_000;

async function script<T>(name: string): Promise<T> {
  const { href } = new URL(`../../scripts/lab/${name}.mjs`, import.meta.url);
  return (await import(/* @vite-ignore */ href)) as T;
}

export class Lab {
  readonly complaints: string[] = [];
  #folder = "";
  #browser: Browser | undefined;
  #server: Server | undefined;
  address = "";

  async start(chromeArgs: readonly string[] = []): Promise<void> {
    const gpu = JSON.parse(readFileSync(new URL("../../.gpu/env.json", import.meta.url), "utf8")) as GpuEnv;
    this.#folder = mkdtempSync(join(tmpdir(), "backlight-lab-"));
    const { buildLab } = await script<{ buildLab: (folder: string) => Promise<string> }>("build");
    const folder = await buildLab(join(this.#folder, "lab"));
    type Served = { server: Server; address: string };
    const { serveFolder } = await script<{ serveFolder: (folder: string, at: object) => Promise<Served> }>("serve");
    const served = await serveFolder(folder, { base: "/a/path/" });
    this.#server = served.server;
    this.address = served.address;
    const env = { ...process.env, ...gpu.chromeEnv } as Record<string, string>;
    this.#browser = await chromium.launch({
      executablePath: gpu.chrome,
      args: [...gpu.chromeArgs, ...chromeArgs],
      env,
    });
  }

  /** A browser's profile of its own. */
  async context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    if (!this.#browser) throw new Error("the lab is not started");
    return await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
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

  /** Ends everything that `start` began. */
  async stop(): Promise<void> {
    await this.#browser?.close();
    this.#server?.close();
    rmSync(this.#folder, { recursive: true, force: true });
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
export function useLab(chromeArgs: readonly string[] = []): Lab {
  const lab = new Lab();
  beforeAll(() => lab.start(chromeArgs));
  afterAll(async () => {
    await lab.stop();
    expect(lab.complaints).toEqual([]);
  });
  return lab;
}

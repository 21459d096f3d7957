// A page for a benchmark: a local server gives it the bundle, and it chooses the files that the command line names.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { chromium } from "playwright";
import { peerPages } from "./peers/pages.mjs";
import { serve } from "./serve.mjs";

/** Memory of Chrome's processes together: the page's, the GPU's and the browser's own. The peaks need not have
 * come at the same time, so their sum is an upper bound. */
function memoryOf(root) {
  if (process.platform !== "linux") return undefined;
  const status = new Map();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      status.set(Number(name), readFileSync(`/proc/${name}/status`, "utf8"));
    } catch {
      // It has ended since.
    }
  }
  const field = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  const isBelow = (pid) => pid === root || (status.has(pid) && pid > 1 && isBelow(field(status.get(pid), "PPid")));
  const own = [...status].filter(([pid]) => isBelow(pid)).map(([, text]) => text);
  const total = (name) => 1024 * own.reduce((sum, text) => sum + field(text, name), 0);
  return { nowBytes: total("VmRSS"), peakBytes: total("VmHWM") };
}

const html = `<!doctype html><title>bench</title><link rel="icon" href="data:,"><input type="file">
    <script type="module" src="/bench.mjs"></script>`;

/** Chooses a file as its user would, so that the browser reads it from the disk. Playwright's own call would send
 * its bytes. */
async function chooseFile(page, path) {
  const session = await page.context().newCDPSession(page);
  const { result } = await session.send("Runtime.evaluate", { expression: 'document.querySelector("input")' });
  await session.send("DOM.setFileInputFiles", { files: [resolve(path)], objectId: result.objectId });
  await session.detach();
}

/** Runs the bundle in a page; resolves to the exit code. */
export async function runInChrome(program, { gpu, args }) {
  const pages = { "/": html, "/bench.mjs": readFileSync(program, "utf8"), ...(await peerPages(args)) };
  const { server, address } = await serve(pages);
  const browser = await chromium.launchServer({
    executablePath: gpu.chrome,
    args: gpu.chromeArgs,
    env: { ...process.env, ...gpu.chromeEnv },
  });
  try {
    const client = await chromium.connect(browser.wsEndpoint());
    const page = await client.newPage();
    page.on("console", (message) => process.stdout.write(`${message.text()}\n`));
    page.on("pageerror", (error) => process.stderr.write(`${error.stack}\n`));
    await page.exposeFunction("laneAndArgs", () => args);
    await page.exposeFunction("chooseFile", (path) => chooseFile(page, path));
    await page.exposeFunction("saveFile", (path, text) => writeFileSync(resolve(path), text));
    await page.exposeFunction("memoryUse", () => memoryOf(browser.process().pid));
    const error = await new Promise((done) => {
      page.exposeFunction("done", done).then(() => page.goto(address));
    });
    if (error) process.stderr.write(`${error}\n`);
    return error ? 1 : 0;
  } finally {
    await browser.close();
    server.close();
  }
}

// Apart from `new URL`, because Vite rewrites `new URL(x, import.meta.url)` into a look-up of what it bundles.
const here = import.meta.url;

/** Reads a file of the test folder in every lane: from disk in Node and Deno, from Vite's server in a browser.
 * @param pathRelativeToTest such as "fixtures/images/gray.jpg" */
export async function readFixture(pathRelativeToTest: string): Promise<Uint8Array> {
  const url = new URL(`../${pathRelativeToTest}`, here);
  if (url.protocol === "file:") {
    return new Uint8Array(await process.getBuiltinModule("node:fs/promises").readFile(url));
  }
  const response = await fetch(url);
  // Vite answers a path that does not exist with its index page.
  const isPage = response.headers.get("content-type")?.startsWith("text/html") && !pathRelativeToTest.endsWith(".html");
  if (!response.ok || isPage) throw new Error(`readFixture: ${url.href} is not there (status ${response.status}).`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Reads and parses a JSON file of the test folder. */
export async function readJsonFixture<T>(pathRelativeToTest: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await readFixture(pathRelativeToTest))) as T;
}

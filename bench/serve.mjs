// Pages for benchmarks, served to this machine alone: WebGPU wants a secure origin, and 127.0.0.1 is one.
import { createServer } from "node:http";

const types = { mjs: "text/javascript", js: "text/javascript", wasm: "application/wasm" };

/** Serves texts by path. `port` 0 takes any that is free.
 * @returns the server, and the address of its first page */
export async function serve(pages, port = 0) {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    const text = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (text === undefined) response.writeHead(404).end();
    else response.setHeader("content-type", types[path.split(".").at(-1)] ?? "text/html; charset=utf-8").end(text);
  });
  await new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", done);
  });
  return { server, address: `http://127.0.0.1:${server.address().port}/` };
}

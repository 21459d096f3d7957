// Gives out a folder to this machine alone. WebGPU wants a secure origin, and 127.0.0.1 is one.
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".jpg": "image/jpeg",
  ".png": "image/png",
};

/** The file that a path names, if it lies in the folder. */
async function fileAt(folder, path) {
  try {
    const decoded = decodeURIComponent(path);
    const file = await realpath(join(folder, decoded.endsWith("/") ? `${decoded}index.html` : decoded));
    const { size } = await stat(file).then((found) => (found.isFile() ? found : Promise.reject()));
    return file.startsWith(folder + sep) ? { file, size } : undefined;
  } catch {
    return undefined;
  }
}

/** Serves a folder below a path. `port` 0 takes any that is free.
 * @returns the server, and the address of the folder */
export async function serveFolder(given, { port = 0, base = "/" } = {}) {
  const folder = await realpath(given);
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    const found = path.startsWith(base) ? await fileAt(folder, path.slice(base.length - 1)) : undefined;
    if (!found || !["GET", "HEAD"].includes(request.method)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": types[extname(found.file)] ?? "application/octet-stream",
      "content-length": found.size,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    });
    if (request.method === "HEAD") response.end();
    else
      createReadStream(found.file)
        .on("error", () => response.destroy())
        .pipe(response);
  });
  await new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", done);
  });
  return { server, address: `http://127.0.0.1:${server.address().port}${base}` };
}

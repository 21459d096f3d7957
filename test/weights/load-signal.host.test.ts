// Loading can be given up: whatever it is waiting for, and nothing stays of it.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ByteSource } from "../../weights/byte-source.ts";
import { fileSource } from "../../weights/file-source.ts";
import { loadModel, loadWeights } from "../../weights/load.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));
const digits = fileURLToPath(new URL("../../weights/mnist/dense.safetensors", import.meta.url));

/** What the server began to answer and the client hung up on. */
const hungUp: string[] = [];
const server = createServer((request, response) => {
  const path = request.url ?? "";
  if (path.endsWith(".json")) return void response.end(readFileSync(`${fixtures}tfjs/shards/model.json`));
  response.on("close", () => hungUp.push(path));
  response.writeHead(200).write("a beginning");
});
let origin = "";
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => new Promise((done) => server.close(done)));

/** A file, and whether it was closed; each read takes so long. */
function slowly(milliseconds: number): ByteSource & { closed: boolean } {
  const { name, size, read, close } = fileSource(digits);
  return {
    name,
    size,
    closed: false,
    read(offset, length) {
      for (const end = performance.now() + milliseconds; performance.now() < end; );
      return read(offset, length);
    },
    close() {
      this.closed = true;
      close();
    },
  };
}

test("between two pieces: nothing stays allocated, and the file is closed", async () => {
  const { liveBytes, liveTensors } = host.engine.memory();
  const stop = new AbortController();
  const source = slowly(0);
  let done = 0;
  const onProgress = (bytes: number, total: number) => {
    done = bytes / total;
    stop.abort(new RangeError("enough"));
  };
  await expect(loadModel(host.engine, source, { onProgress, signal: stop.signal })).rejects.toThrow("enough");
  expect(done).toBeLessThan(1);
  expect(source.closed).toBe(true);
  expect(host.engine.memory()).toMatchObject({ liveBytes, liveTensors });
  const never = { signal: AbortSignal.abort(new RangeError("never")) };
  await expect(loadModel(host.engine, slowly(0), never)).rejects.toThrow("never");
  expect(host.engine.memory()).toMatchObject({ liveBytes, liveTensors });
});

test("by what happens meanwhile: the event loop gets its turns", async () => {
  const { liveBytes } = host.engine.memory();
  const stop = new AbortController();
  const source = slowly(20);
  setTimeout(() => stop.abort(new RangeError("meanwhile")), 60);
  await expect(loadModel(host.engine, source, { signal: stop.signal })).rejects.toThrow("meanwhile");
  expect(host.engine.memory().liveBytes).toBe(liveBytes);
});

test("a model that is refilled stays, and can be filled again", async () => {
  using model = await loadModel(host.engine, digits);
  const stop = new AbortController();
  const onProgress = () => stop.abort(new RangeError("enough"));
  await expect(loadWeights(model, digits, { onProgress, signal: stop.signal })).rejects.toThrow("enough");
  await loadWeights(model, digits, { signal: new AbortController().signal });
});

test.each(["weights.safetensors", "model.json"])("while %s, or what it names, is fetched", async (file) => {
  hungUp.length = 0;
  const stop = new AbortController();
  const loading = loadModel(host.engine, origin + file, { signal: stop.signal });
  setTimeout(() => stop.abort(new RangeError("too slow")), 300);
  await expect(loading).rejects.toThrow("too slow");
  await expect.poll(() => hungUp.length).toBeGreaterThan(0);
});

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BacklightError, WeightsFormatError } from "../../src/errors.ts";
import { blobSource } from "../../weights/blob-source.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { fileSource } from "../../weights/file-source.ts";
import type { ModelFile } from "../../weights/model-file.ts";
import { openTfjs } from "../../weights/tfjs.ts";
import { shardsAmong } from "../../weights/tfjs-files.ts";
import { openTfjsFolder } from "../../weights/tfjs-folder.ts";
import { shardsBelow } from "../../weights/tfjs-url.ts";
import { useEngine } from "../support/engine.ts";
import { loaded, weight } from "./tfjs-support.ts";

const fixture = fileURLToPath(new URL("../fixtures/tfjs/shards/", import.meta.url));

function valuesOf(file: ModelFile): number[][] {
  const values = file.layers.flatMap((layer) => layer.weights.map((stored) => Array.from(stored.read())));
  file.close();
  return values;
}

const manifest = (paths: readonly string[], size = 2) =>
  JSON.stringify({ modelTopology: null, weightsManifest: [{ paths, weights: [weight("a/kernel", [size])] }] });

describe("a folder", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tfjs-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A model.json in a new folder of its own. */
  function write(name: string, paths: readonly string[]): string {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "model.json"), manifest(paths));
    return join(folder, name, "model.json");
  }

  test("model.json with its shards, from any working folder and through a link to the folder", async () => {
    cpSync(fixture, join(folder, "real"), { recursive: true });
    symlinkSync(join(folder, "real"), join(folder, "linked"));
    const values = valuesOf(await openTfjsFolder(join(fixture, "model.json")));
    expect(valuesOf(await openTfjsFolder(join(folder, "linked", "model.json")))).toEqual(values);
    expect(values.flat()).toHaveLength(401);
  });

  test("a shard that is missing, cut short, a folder, a pipe", async () => {
    await expect(openTfjsFolder(write("missing", ["g.bin"]))).rejects.toThrow(
      /g\.bin is not there; .*model\.json keeps its weights in it\. Put all shards beside/,
    );
    const short = write("short", ["g.bin"]);
    writeFileSync(join(dirname(short), "g.bin"), new Uint8Array(7));
    await expect(openTfjsFolder(short)).rejects.toThrow(/take 8 bytes, but g\.bin \(7 bytes\) has 7/);
    const inner = write("inner", ["g.bin"]);
    mkdirSync(join(dirname(inner), "g.bin"));
    await expect(openTfjsFolder(inner)).rejects.toThrow(/is no plain file/);
    const pipe = write("pipe", ["g.bin"]);
    execFileSync("mkfifo", [join(dirname(pipe), "g.bin")]);
    await expect(openTfjsFolder(pipe)).rejects.toThrow(/is no plain file/);
  });

  test("a link to a file elsewhere, and paths into other folders", async () => {
    writeFileSync(join(folder, "secret.bin"), new Uint8Array(8));
    const link = write("link", ["g.bin"]);
    symlinkSync(join(folder, "secret.bin"), join(dirname(link), "g.bin"));
    await expect(openTfjsFolder(link)).rejects.toThrow(/g\.bin is a link out of its folder/);
    mkdirSync(join(dirname(write("deeper", ["sub/g.bin"])), "sub"));
    writeFileSync(join(folder, "deeper", "sub", "g.bin"), new Uint8Array(8));
    await expect(openTfjsFolder(join(folder, "deeper", "model.json"))).rejects.toThrow(/is in another folder/);
    await expect(openTfjsFolder(write("up", ["../secret.bin"]))).rejects.toThrow(/leads out of the folder/);
    await expect(openTfjsFolder(write("absolute", [join(folder, "secret.bin")]))).rejects.toThrow(/absolute path/);
  });

  test("a link to a sibling is followed", async () => {
    const path = write("sibling", ["g.bin"]);
    writeFileSync(join(dirname(path), "real.bin"), new Uint8Array(8));
    symlinkSync("real.bin", join(dirname(path), "g.bin"));
    expect(valuesOf(await openTfjsFolder(path))).toEqual([[0, 0]]);
  });
});

describe("files chosen together", () => {
  const file = (name: string, bytes: Uint8Array<ArrayBuffer> | string) => new File([bytes], name);

  test("model.json with its shards, in any order", async () => {
    const read = (name: string) => file(name, new Uint8Array(readFileSync(join(fixture, name))));
    const files = ["group1-shard2of2.bin", "model.json", "group1-shard1of2.bin"].map(read);
    const opened = await openTfjs(await blobSource(read("model.json")), shardsAmong(files));
    expect(valuesOf(opened)).toEqual(valuesOf(await openTfjsFolder(join(fixture, "model.json"))));
  });

  test("a shard that was not chosen, or twice", async () => {
    const json = file("model.json", manifest(["g.bin"]));
    const open = async (files: File[]) => await openTfjs(await blobSource(json), shardsAmong(files));
    await expect(open([json])).rejects.toThrow(
      /"g\.bin", which is not among the chosen files \(model\.json\)\. Choose/,
    );
    const shard = file("g.bin", new Uint8Array(8));
    await expect(open([json, shard, shard])).rejects.toThrow(/two of the chosen files are named "g\.bin"/);
  });
});

describe("a URL", () => {
  let close = () => {};
  let base = "";
  const asked: string[] = [];
  beforeAll(async () => {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      asked.push(request.url ?? "");
      const send = (status: number, type: string, body: Uint8Array | string) =>
        response.writeHead(status, { "content-type": type }).end(body);
      if (url.pathname === "/page/g.bin") return send(200, "text/html; charset=utf-8", "<html>");
      if (url.pathname === "/long/g.bin") return send(200, "application/octet-stream", new Uint8Array(100_000));
      const path = join(fixture, url.pathname.replace("/models/", ""));
      if (!url.pathname.startsWith("/models/") || !existsSync(path)) return send(404, "text/plain", "no");
      return send(200, "application/octet-stream", readFileSync(path));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = () => server.close();
  });
  afterAll(() => close());

  const open = (url: string, text: string) =>
    openTfjs(bytesSource(new TextEncoder().encode(text), url), shardsBelow(url));

  test("shards beside model.json, with its query", async () => {
    const text = readFileSync(join(fixture, "model.json"), "utf8");
    const file = await open(`${base}/models/model.json?token=7`, text);
    expect(valuesOf(file)).toEqual(valuesOf(await openTfjsFolder(join(fixture, "model.json"))));
    expect(asked.slice(-2).sort()).toEqual([1, 2].map((i) => `/models/group1-shard${i}of2.bin?token=7`));
  });

  test.each([
    ["models", /\/models\/g\.bin: the server answered 404/, BacklightError],
    ["page", /\/page\/g\.bin is a web page, not a shard/, WeightsFormatError],
    ["long", /\/long\/g\.bin is longer than the 8 bytes/, WeightsFormatError],
  ])("%s: says what is wrong", async (folder, message, kind) => {
    const opening = open(`${base}/${folder}/model.json`, manifest(["g.bin"]));
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toMatch(message);
  });

  test("a server that is not there", async () => {
    const opening = open("http://127.0.0.1:9/model.json", manifest(["g.bin"]));
    await expect(opening).rejects.toThrow(/127\.0\.0\.1:9\/g\.bin cannot be fetched/);
  });

  test.each([["//example.org/g.bin"], ["https://example.org/g.bin"], ["/g.bin"], ["../g.bin"], ["%2e%2e/g.bin"]])(
    "%s leads elsewhere and is never fetched",
    async (path) => {
      const before = asked.length;
      await expect(open(`${base}/models/model.json`, manifest([path]))).rejects.toThrow(WeightsFormatError);
      expect(asked).toHaveLength(before);
    },
  );
});

const assets = fileURLToPath(new URL("../../../shared/assets/", import.meta.url));

describe.skipIf(!existsSync(assets))("real models (skipped when ../shared/assets is missing)", () => {
  const gpu = useEngine();

  test("furkan-mnist is right for 0.980 of the first 2,000 test digits", async () => {
    const file = await openTfjsFolder(join(assets, "models/tfjs/furkan-mnist/model.json"));
    expect([file.kerasVersion, file.backend]).toEqual(["2.18.0", "tensorflow"]);
    using model = loaded(gpu.engine, file);
    file.close();
    const [images, labels] = ["t10k-images", "t10k-labels"].map(idx);
    let right = 0;
    for (let start = 0; start < 2000; start += 250) {
      const pixels = Float32Array.from(
        images?.subarray(16 + start * 784, 16 + (start + 250) * 784) ?? [],
        (v) => v / 255,
      );
      using x = gpu.engine.tensor(pixels, [250, 28, 28, 1]);
      using y = model.forward(x);
      const logits = await y.read();
      for (let i = 0; i < 250; i++) {
        const row = Array.from(logits.slice(i * 10, (i + 1) * 10));
        if (row.indexOf(Math.max(...row)) === labels?.[8 + start + i]) right++;
      }
    }
    expect(right / 2000).toBeCloseTo(0.98, 3);
  });

  test("poloclub-tiny-vgg loads", async () => {
    const path = join(assets, "models/tfjs/poloclub-tiny-vgg/model.json");
    const file = await openTfjsFolder(path);
    using model = loaded(gpu.engine, file);
    file.close();
    expect(model.countParams().total * 4).toBe(fileSource(join(dirname(path), "group1-shard1of1.bin")).size);
  });

  function idx(name: string): Uint8Array {
    const folder = join(assets, "mnist");
    const suffix = name.endsWith("images") ? "idx3-ubyte" : "idx1-ubyte";
    const path = [`${name}-${suffix}`, `${name}.${suffix}`].map((file) => join(folder, file));
    const plain = path.find((candidate) => existsSync(candidate));
    if (plain) return readFileSync(plain);
    const packed = path.map((candidate) => `${candidate}.gz`).find((candidate) => existsSync(candidate));
    return gunzipSync(readFileSync(packed ?? join(folder, `${name}-${suffix}.gz`)));
  }
});

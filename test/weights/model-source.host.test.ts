// A model is the same from wherever it comes: path, URL, chosen files, bytes.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BacklightError, WeightsFormatError } from "../../src/errors.ts";
import { fileSource } from "../../weights/file-source.ts";
import { loadModel, loadWeights } from "../../weights/load.ts";
import type { ModelSource } from "../../weights/model-source.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));
const lenet = `${fixtures}models/lenet-mnist.h5`;
const shards = `${fixtures}tfjs/shards/`;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "", "http://localhost");
  if (/^\/(models|tfjs\/shards)\/[\w.-]+$/.test(pathname)) response.end(readFileSync(fixtures + pathname.slice(1)));
  else response.writeHead(404).end();
});
let origin = "";
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => new Promise((done) => server.close(done)));

const fileOf = (path: string) => new File([readFileSync(path)], path.slice(path.lastIndexOf("/") + 1));
const chosenShards = () => readdirSync(shards).map((name) => fileOf(shards + name));

/** All of a model's weights. */
async function weightsFrom(source: ModelSource): Promise<number[][]> {
  using model = await loadModel(host.engine, source);
  const values: number[][] = [];
  for (const { layer, name } of model.weightSlots()) values.push([...(await model.readWeight(layer, name))]);
  return values;
}

describe("a model in one file", () => {
  test.each<[string, () => ModelSource]>([
    ["a file: URL", () => pathToFileURL(lenet)],
    ["an http: URL", () => new URL("models/lenet-mnist.h5", origin)],
    ["a URL as text", () => `${origin}models/lenet-mnist.h5`],
    ["a data: URL", () => `data:application/octet-stream;base64,${readFileSync(lenet).toString("base64")}`],
    ["a File", () => fileOf(lenet)],
    ["one File in a list", () => [fileOf(lenet)]],
    ["a Blob", () => new Blob([readFileSync(lenet)])],
    ["bytes", () => new Uint8Array(readFileSync(lenet))],
    ["an ArrayBuffer", () => new Uint8Array(readFileSync(lenet)).buffer],
    ["a source", () => fileSource(lenet)],
  ])("from %s is what it is from its path", async (_, source) => {
    const values = await weightsFrom(source());
    expect(values.flat().length).toBeGreaterThan(1000);
    expect(values).toEqual(await weightsFrom(lenet));
  });
});

test.each<[string, () => ModelSource]>([
  ["an http: URL", () => `${origin}tfjs/shards/model.json`],
  ["chosen Files", chosenShards],
])("a model of TensorFlow.js, in several files, from %s is what it is from its path", async (_, source) => {
  const values = await weightsFrom(source());
  expect(values.flat()).toHaveLength(401);
  expect(values).toEqual(await weightsFrom(`${shards}model.json`));
});

test("weights beside an architecture, from different places", async () => {
  const architecture = `${fixtures}models/vgg-like.json`;
  const weights = `${fixtures}models/vgg-like-weights.h5`;
  using model = await loadModel(host.engine, architecture, { weights: fileOf(weights) });
  using other = await loadModel(host.engine, fileOf(architecture), { weights });
  await loadWeights(other, `${origin}models/vgg-like-weights.h5`);
  const { layer = "", name = "" } = model.weightSlots()[0] ?? {};
  expect(await other.readWeight(layer, name)).toEqual(await model.readWeight(layer, name));
});

describe("refusals", () => {
  const refused: [string, () => ModelSource, RegExp][] = [
    ["a path that is not there", () => `${fixtures}none.h5`, /there is no file .*none\.h5/],
    ["an address that is not there", () => `${origin}none.h5`, /none\.h5: the server answered 404/],
    ["a server that is not there", () => "http://127.0.0.1:1/m.h5", /127\.0\.0\.1:1\/m\.h5 cannot be fetched/],
    [
      "several files of which none is a model.json",
      () => chosenShards().filter(({ name }) => name !== "model.json"),
      /no model\.json among them/,
    ],
    ["no files", () => [], /got 0 files/],
    ["model.json without its shards", () => [fileOf(`${shards}model.json`)], /is not among the chosen files/],
    [
      "model.json's bytes alone",
      () => new Uint8Array(readFileSync(`${shards}model.json`)),
      /whose weights are in other files\. Give its path or URL/,
    ],
    ["an architecture alone", () => `${fixtures}models/vgg-like.json`, /Give the file of the weights with it/],
    ["weights alone", () => `${fixtures}models/vgg-like-weights.h5`, /holds weights but no architecture/],
  ];
  test.each(refused)("%s", async (_, source, message) => {
    const error: unknown = await loadModel(host.engine, source()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BacklightError);
    if (error instanceof Error) expect(error.message).toMatch(message);
  });

  test("a browser's lack of paths is one clear error", async () => {
    const given = process.getBuiltinModule;
    process.getBuiltinModule = (() => undefined) as unknown as typeof given;
    try {
      await expect(loadModel(host.engine, "m.h5")).rejects.toThrow(WeightsFormatError);
      await expect(loadModel(host.engine, "m.h5")).rejects.toThrow("In a browser give a URL, a File or its bytes.");
    } finally {
      process.getBuiltinModule = given;
    }
  });
});

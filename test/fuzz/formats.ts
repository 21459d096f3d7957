import { WeightsFormatError } from "../../src/errors.ts";
import { parseArchitectureText } from "../../weights/architecture-text.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import type { ModelFile } from "../../weights/model-file.ts";
import { openModelFile } from "../../weights/open.ts";
import { writeSafetensors } from "../../weights/safetensors-write.ts";
import { openTfjs } from "../../weights/tfjs.ts";
import { decodeUtf8 } from "../../weights/utf8.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";
import type { Dice } from "./dice.ts";
import { type ByteMutation, byteMutations } from "./mutate-bytes.ts";
import { anyMutation, hdf5Mutations } from "./mutate-hdf5.ts";
import { safetensorsMutations } from "./mutate-safetensors.ts";
import { bytesOf, jsonMutations, yamlAround, yamlMutations } from "./mutate-text.ts";
import { zipMutations } from "./mutate-zip.ts";

/** A model as its files, by name; the first is the one that is opened. */
export type Files = ReadonlyMap<string, Uint8Array>;

export interface Mutant {
  readonly files: Files;
  /** What was done to it. */
  readonly mutation: string;
}

/** One kind of file: good ones to begin with, how they are damaged, and what reads them. */
export interface Format {
  readonly name: FormatName;
  seeds(): Promise<readonly Files[]>;
  mutate(files: Files, dice: Dice, other: Files): Mutant;
  /** Opens by content, as the loader does. */
  open(files: Files): Promise<ModelFile>;
}

export const formatNames = ["h5", "weights-h5", "keras", "tfjs", "safetensors", "json", "yaml"] as const;
export type FormatName = (typeof formatNames)[number];

const folder = (path: string, names: string) => names.split(" ").map((name) => `fixtures/${path}/${name}`);

async function single(paths: readonly string[]): Promise<Files[]> {
  return await Promise.all(paths.map(async (path) => new Map([[nameOf(path), await readFixture(path)]])));
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

function mainOf(files: Files): [string, Uint8Array] {
  const [first] = files;
  if (!first) throw new Error("a mutant without files");
  return first;
}

const byContent: Format["open"] = async (files) => {
  const [name, bytes] = mainOf(files);
  return await openModelFile(bytesSource(bytes, name));
};

function mutateMain(table: Readonly<Record<string, ByteMutation>>): Format["mutate"] {
  return (files, dice, other) => {
    const [name, bytes] = mainOf(files);
    const [mutation, mutate] = anyMutation(table, dice);
    return { files: new Map([[name, mutate(bytes, dice, mainOf(other)[1])]]), mutation };
  };
}

const architecture: Format["open"] = async (files) => {
  const [name, bytes] = mainOf(files);
  const config = parseArchitectureText(decode(bytes, name), name);
  return { name, format: "architecture", layers: [], config, naming: "layer", close() {} };
};

/** Not all bytes are text; what hands a text on has told that already. */
function decode(bytes: Uint8Array, name: string): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new WeightsFormatError(`${name} is no UTF-8 text.`);
  return text;
}

interface TfjsSeed {
  readonly weightsManifest: readonly { readonly paths: readonly string[] }[];
}

const tfjs: Format = {
  name: "tfjs",
  async seeds() {
    const names = ["uint8", "uint16", "float16", "shards", "groups", "nested", "keras3", "keras3-h5", "native"];
    return await Promise.all(names.map(readTfjs));
  },
  mutate(files, dice, other) {
    const name = dice.chance(0.75) ? "model.json" : dice.pick([...files.keys()]);
    const bytes = files.get(name) ?? new Uint8Array(0);
    const table = name === "model.json" ? jsonMutations : byteMutations;
    const [mutation, mutate] = anyMutation(table, dice);
    const next = new Map(files).set(name, mutate(bytes, dice, dice.pick([...other.values()])));
    return { files: next, mutation: `${mutation} of ${name}` };
  },
  async open(files) {
    const [name, bytes] = mainOf(files);
    return await openTfjs(bytesSource(bytes, name), async (path) => {
      const shard = files.get(path);
      if (!shard) throw new WeightsFormatError(`${name}: there is no shard "${path}".`);
      return bytesSource(shard, path);
    });
  },
};

async function readTfjs(name: string): Promise<Files> {
  const path = `fixtures/tfjs/${name}`;
  const { weightsManifest } = await readJsonFixture<TfjsSeed>(`${path}/model.json`);
  const names = [
    "model.json",
    ...weightsManifest.flatMap(({ paths }) => paths.map((shard) => shard.replace(/^\.\//, ""))),
  ];
  const entries = names.map(
    async (file): Promise<[string, Uint8Array]> => [file, await readFixture(`${path}/${file}`)],
  );
  return new Map(await Promise.all(entries));
}

interface GoldenModel {
  readonly config: unknown;
}

/** Small architectures of Keras 1, 2 and 3. */
async function configs(): Promise<unknown[]> {
  const models = await readJsonFixture<GoldenModel[]>("nn/golden/models.json");
  const keras1 = folder("keras1", "th-graph.json th-sequential.json numbered.json rows.json");
  const files = await Promise.all(
    [...keras1, "fixtures/yaml/model.json"].map(async (path) => await readJsonFixture(path)),
  );
  return [...files, ...models.map(({ config }) => config)];
}

const asFile = (name: string, value: unknown): Files => new Map([[name, bytesOf(JSON.stringify(value))]]);

async function safetensorsSeeds(): Promise<Files[]> {
  const config = JSON.stringify(await readJsonFixture("fixtures/yaml/model.json"));
  const entries = [
    { name: "conv/kernel", shape: [3, 3, 2, 4], data: new Float32Array(72).fill(0.5) },
    { name: "conv/bias", shape: [4], data: new Float32Array(4).fill(1) },
    { name: "fc/kernel", shape: [16, 5], data: new Float32Array(80).fill(-2) },
    { name: "fc/bias", shape: [5], data: new Float32Array(5) },
    { name: "empty/gamma", shape: [0, 3], data: new Float32Array(0) },
    { name: "scale/value", shape: [], data: Float32Array.of(3) },
  ];
  return (["F32", "F16"] as const).flatMap((dtype) =>
    [{ config, format: "backlight" }, {}].map(
      (metadata): Files => new Map([["model.safetensors", writeSafetensors(entries, metadata, { dtype })]]),
    ),
  );
}

const hdf5Seeds =
  "weights.h5 model.h5 model-gzip.h5 latest.h5 latest.h5 latest.h5 split.h5 strings.h5 nested.h5 bfloat16.h5 vgg-style.h5 top-level.h5 " +
  "user-block.h5 weights-big.h5 weights-f16.h5 weights-f64.h5 weights-i16.h5 keras1-theano.h5";
const keras1Seeds = "th-graph.h5 tf-graph.h5 th-sequential.h5 numbered.h5 rows-oldest.h5 first-mixed.h5";
// Large ones take long to read, and are no harder to damage.
const keras3Seeds = "functional-3.0.weights.h5 tf-2.13.weights.h5 tf-windows.weights.h5";
const zipSeeds = "sequential-float16.keras sequential-bfloat16.keras sequential-float16.keras tf-2.13.keras";

const hdf5Table = { ...hdf5Mutations, ...byteMutations };

export const formats: readonly Format[] = [
  {
    name: "h5",
    seeds: async () => await single([...folder("weights", hdf5Seeds), ...folder("keras1", keras1Seeds)]),
    mutate: mutateMain(hdf5Table),
    open: byContent,
  },
  {
    name: "weights-h5",
    seeds: async () =>
      await single([
        ...folder("keras3", keras3Seeds),
        ...folder("weights", "keras3.weights.h5 keras3.weights.h5 keras3.weights.h5"),
      ]),
    mutate: mutateMain(hdf5Table),
    open: byContent,
  },
  {
    name: "keras",
    seeds: async () => await single(folder("keras3", zipSeeds)),
    mutate: mutateMain(zipMutations),
    open: byContent,
  },
  tfjs,
  { name: "safetensors", seeds: safetensorsSeeds, mutate: mutateMain(safetensorsMutations), open: byContent },
  {
    name: "json",
    seeds: async () => (await configs()).map((config) => asFile("model.json", config)),
    mutate: mutateMain(jsonMutations),
    open: architecture,
  },
  {
    name: "yaml",
    async seeds() {
      const files = await single(folder("yaml", "block.yaml braces.yaml flow.yaml wrapped.yaml"));
      return (await configs()).map(
        (config, i) => new Map([...(files[i % files.length] ?? []), ...asFile("model.json", config)]),
      );
    },
    mutate(files, dice, other) {
      const json = files.get("model.json") ?? new Uint8Array(0);
      const [name] = mainOf(files);
      if (!dice.chance(0.3)) return mutateMain(yamlMutations)(files, dice, other);
      return {
        files: new Map([[name, yamlAround(JSON.parse(new TextDecoder().decode(json)), dice)]]),
        mutation: "yamlAround",
      };
    },
    open: architecture,
  },
];

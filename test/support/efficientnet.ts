import type { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { loadModel } from "../../weights/load.ts";
import { readFixture } from "./fixture.ts";

const file = "weights/efficientnet-lite0.safetensors";

/** The embedded classifier with its real weights. */
export async function loadEfficientNet(engine: Engine): Promise<Model> {
  return loadModel(engine, bytesSource(await readFixture(`../${file}`), file));
}

import { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { loadModel, loadWeights } from "../../weights/load.ts";
import { useEngine } from "../support/engine.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";
import { checkModel } from "./check-model.ts";

const open = async (file: string) => bytesSource(await readFixture(`fixtures/models/${file}`), file);

useEngine();

for (const name of ["lenet-mnist", "residual", "separable", "xception-like"])
  checkModel({
    folder: `fixtures/${name}`,
    load: async (engine: Engine) => loadModel(engine, await open(`${name}.h5`)),
  });

checkModel({
  folder: "fixtures/vgg-like",
  load: async (engine: Engine) => {
    const model = Model.fromConfig(engine, await readJsonFixture("fixtures/models/vgg-like.json"));
    await loadWeights(model, await open("vgg-like-weights.h5"));
    return model;
  },
});

// A network and one thing that is done with it, over and over.
import {
  adam,
  application,
  classLogit,
  type Engine,
  explain,
  initialize,
  type Model,
  mnist,
  type Run,
  sgd,
  type Tensor,
  Trainer,
  uniform,
} from "../../src/index.ts";
import { withHashWeights } from "../../test/golden/hash-model.ts";
import { hashWeight } from "../../test/support/hash-weights.ts";
import type { ModelName, PhaseName } from "./options.ts";

/** One phase, ready to be run. */
export interface Phase {
  /** From the first command to the result on the host. */
  readonly once: () => Promise<void>;
  readonly dispose: () => void;
}

const applicationNames = { resnet50: "ResNet50", vgg16: "VGG16" } as const;

/** A network with weights of one hash, the same everywhere. */
export function makeModel(engine: Engine, name: ModelName): Model {
  if (name !== "mnist") return withHashWeights(application(engine, applicationNames[name]));
  const model = mnist(engine, "dense");
  initialize(model, { seed: 1 });
  return model;
}

/** Pictures at a time where none are asked for. */
export function usualBatch(model: ModelName, phase: PhaseName): number {
  if (phase !== "train") return 1;
  return model === "mnist" ? 64 : 8;
}

/** A batch of inputs, [batch, h, w, c]. */
export function inputOf(model: Model, batch: number): Tensor {
  const shape = [batch, ...model.inputShape.slice(1).map(Number)];
  return model.engine.tensor(hashWeight(model.name, "input", shape), shape);
}

export function preparePhase(model: Model, phase: PhaseName, batch: number): Phase {
  if (phase === "forward") return forwardPhase(model, batch);
  if (phase === "train") return trainingPhase(model, batch);
  const target = classLogit(0);
  return explanationPhase(model, {
    batch,
    fast: phase.endsWith("-fast"),
    ask: (run) => (phase.startsWith("gradcam") ? run.gradCam({ target }) : run.guidedBackprop({ target })),
  });
}

/** Without a tape: activations are freed once no layer needs them. */
function forwardPhase(model: Model, batch: number): Phase {
  const x = inputOf(model, batch);
  const { engine } = model;
  return {
    once: async () => {
      engine.scope(() => void model.forward(x));
      await engine.finish();
    },
    dispose: () => x.dispose(),
  };
}

function explanationPhase(
  model: Model,
  { batch, fast, ask }: { batch: number; fast: boolean; ask: (run: Run<true>) => Promise<unknown> },
): Phase {
  const pictures = Array.from({ length: batch }, () => inputOf(model, 1));
  return {
    once: async () => {
      using run = explain(model, pictures, { fast });
      await ask(run);
    },
    dispose: () => {
      for (const picture of pictures) picture.dispose();
    },
  };
}

/** Adam for the small network; momentum for the large ones, whose weights Adam would keep three times. */
function trainingPhase(model: Model, batch: number): Phase {
  const shape = [batch, ...model.inputShape.slice(1).map(Number)];
  const small = model.inputShape[1] === 28;
  const trainer = new Trainer(model, {
    optimizer: (weights) => (small ? adam(weights) : sgd(weights, { learningRate: 1e-6, momentum: 0.9 })),
  });
  const indices = Int32Array.from({ length: batch }, (_, row) => row);
  const x = uniform(
    1,
    shape.reduce((product, extent) => product * extent, 1),
  );
  const examples = { x, shape, y: indices.map((row) => row % 5), indices };
  return {
    once: async () => void (await trainer.step(examples)),
    dispose: () => trainer.dispose(),
  };
}

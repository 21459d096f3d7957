// Backlight at the workloads of its peers.

import { version } from "../../src/cli/version.ts";
import {
  adam,
  classLogit,
  conv2d,
  dense,
  type Engine,
  explain,
  type Model,
  mnist,
  resnet50,
  Tape,
  type Tensor,
  Trainer,
  vgg16,
} from "../../src/index.ts";
import { withHashWeights } from "../../test/golden/hash-model.ts";
import { convInputs, denseInputs, pictureFor, trainingInputs, type Values } from "./inputs.ts";
import type { Contestant, Job, TimingOptions } from "./job.ts";
import { networks } from "./network.ts";
import { type Row, rowOf } from "./peer.ts";
import { type Conv, type ConvPart, explainedClass, type NetworkName, type Phase, parseWorkload } from "./workloads.ts";

/** Times workloads in Backlight, on WebGPU.
 * @throws UnknownNameError for a workload */
export async function runOurs(engine: Engine, workloads: readonly string[], options: TimingOptions): Promise<Row[]> {
  const contestant = ourContestant(engine);
  const rows: Row[] = [];
  for (const workload of workloads.map(parseWorkload))
    rows.push({ ...(await rowOf(contestant, workload, options)), peer: "backlight", version, backend: "webgpu" });
  return rows;
}

export function ourContestant(engine: Engine): Contestant {
  return {
    network: (name, phase) => networkJob(engine, name, phase),
    training: () => trainingJob(engine),
    conv: (shape, part) => convJob(engine, shape, part),
    dense: (...extents) => denseJob(engine, ...extents),
  };
}

function denseJob(engine: Engine, inputs: number, outputs: number): Job {
  const { x, filter } = denseInputs(inputs, outputs);
  const [input, kernel] = [tensor(engine, x), tensor(engine, filter)];
  return opJob(engine, () => dense(input, kernel, undefined), [input, kernel]);
}

function tensor(engine: Engine, { values, shape }: Values): Tensor {
  return engine.tensor(values, shape);
}

/** A job whose result stays on the device. */
function opJob(engine: Engine, compute: () => Tensor | undefined, owned: readonly Disposable[]): Job {
  let last: Tensor | undefined;
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) {
        last?.dispose();
        last = engine.scope(compute);
      }
      await engine.finish();
    },
    output: async () => (last ? ((await engine.read([last]))[0] ?? []) : []),
    dispose: () => {
      last?.dispose();
      for (const one of owned) one[Symbol.dispose]();
    },
  };
}

function convJob(engine: Engine, shape: Conv, part: ConvPart): Job {
  const inputs = convInputs(shape);
  const [x, filter, seed] = [tensor(engine, inputs.x), tensor(engine, inputs.filter), tensor(engine, inputs.dy)];
  const sides = [shape.pad, shape.pad] as const;
  const options = { stride: shape.stride, padding: [sides, sides] as const };
  const forward = () => conv2d(x, filter, undefined, options);
  const owned = [x, filter, seed];
  if (part === "forward") return opJob(engine, forward, owned);
  const tape = new Tape(engine);
  const y = tape.run(forward);
  const wrt = [part === "input" ? x : filter];
  return opJob(engine, () => tape.backward(y, { seed, wrt })[0], [tape, ...owned]);
}

const models = { vgg16, resnet50 } as const;

function networkJob(engine: Engine, name: NetworkName, phase: Phase): Job {
  const network = networks[name]();
  const model = withHashWeights(models[name](engine));
  const picture = pictureFor(network);
  const target = classLogit(explainedClass);
  const passes: Readonly<Record<Phase, (x: Tensor) => Promise<ArrayLike<number>>>> = {
    forward: async (x) => {
      using y = model.forward(x);
      return (await engine.read([y]))[0] ?? [];
    },
    gradcam: async (x) => {
      using run = explain(model, x);
      return (await run.gradCam({ target, layer: network.feature.layer })).raw.data;
    },
    guided: async (x) => {
      using run = explain(model, x);
      return (await run.guidedBackprop({ target })).values;
    },
  };
  let output: ArrayLike<number> = [];
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) {
        using x = tensor(engine, picture);
        output = await passes[phase](x);
      }
    },
    output: async () => output,
    dispose: () => model.dispose(),
  };
}

function trainingJob(engine: Engine): Job {
  const model: Model = withHashWeights(mnist(engine, "dense"));
  const trainer = new Trainer(model, { optimizer: (weights) => adam(weights) });
  const { x, labels } = trainingInputs();
  const batch = { x: x.values, shape: x.shape, y: labels, indices: labels };
  const losses: number[] = [];
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) losses.push((await trainer.step(batch)).loss);
    },
    output: async () => losses,
    dispose: () => {
      trainer[Symbol.dispose]();
      model.dispose();
    },
  };
}

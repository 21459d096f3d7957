// Tiny cases of what TensorFlow does where others may differ: ties, corners of ReLUs, borders of padding.
import { expect, it } from "vitest";
import { relu } from "../../src/autograd/ops/activations.ts";
import { conv2d } from "../../src/autograd/ops/convolution.ts";
import { depthwiseConv2d } from "../../src/autograd/ops/depthwise.ts";
import { avgPool2d, globalMaxPool, maxPool2d } from "../../src/autograd/ops/pooling.ts";
import { Tape } from "../../src/autograd/tape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";

interface Values {
  readonly shape: number[];
  readonly data: number[];
}

type Pair = [number, number];

interface Case {
  readonly name: string;
  readonly op: keyof typeof ops;
  readonly args: { readonly size: Pair; readonly strides: Pair; readonly dilation: Pair; readonly groups: number } & {
    readonly padding: "same" | "valid";
  };
  readonly input: Values;
  readonly weights?: Values;
  readonly output: Values;
  readonly cotangent: Values;
  readonly inputGradient: Values;
}

type Run = (x: Tensor, args: Case["args"], w: Tensor | undefined) => Tensor;

const ops = {
  maxPool: (x, { size, strides, padding }) => maxPool2d(x, { size, stride: strides, padding }),
  averagePool: (x, { size, strides, padding }) => avgPool2d(x, { size, stride: strides, padding }),
  globalMaxPool: (x) => globalMaxPool(x),
  relu: (x) => relu(x),
  relu6: (x) => relu(x, { max: 6 }),
  conv2d: (x, { strides, padding, dilation, groups }, w) =>
    conv2d(x, given(w), undefined, { stride: strides, padding, dilation, groups }),
  depthwiseConv2d: (x, { strides, padding, dilation }, w) =>
    depthwiseConv2d(x, given(w), undefined, { stride: strides, padding, dilation }),
} satisfies Record<string, Run>;

const { cases } = await readJsonFixture<{ cases: Case[] }>("golden/conventions.json");
const host = useEngine();

it.each(cases)("$op: $name", async ({ op, args, input, weights, output, cotangent, inputGradient }) => {
  const { engine } = host;
  using x = engine.tensor(input.data, input.shape);
  using w = weights && engine.tensor(weights.data, weights.shape);
  using dy = engine.tensor(cotangent.data, cotangent.shape);
  using tape = new Tape(engine);
  const run: Run = ops[op];
  const y = tape.run(() => run(x, args, w));
  const [dx] = tape.backward(y, { seed: dy, wrt: [x] });
  if (!dx) throw new Error("no gradient");
  const [values, gradient] = await engine.read([y, dx]);
  dx.dispose();
  expect(y.shape).toEqual(output.shape);
  const tolerance = { atol: 1e-6, rtol: 1e-6 };
  expectClose(values ?? [], output.data, tolerance, "output");
  expectClose(gradient ?? [], inputGradient.data, tolerance, "gradient");
});

function given(w: Tensor | undefined): Tensor {
  if (!w) throw new Error("the case has no weights");
  return w;
}

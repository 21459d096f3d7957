// A small network for the tests of the tape: conv - relu - pool - conv - relu - mean - dense.
import { relu } from "../../src/autograd/ops/activations.ts";
import { conv2d } from "../../src/autograd/ops/convolution.ts";
import { dense } from "../../src/autograd/ops/dense.ts";
import { globalAvgPool, maxPool2d } from "../../src/autograd/ops/pooling.ts";
import type { Tape } from "../../src/autograd/tape.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { randomValues } from "../support/random.ts";

export interface Activations {
  readonly conv1: Tensor;
  readonly relu1: Tensor;
  readonly pool: Tensor;
  readonly conv2: Tensor;
  readonly relu2: Tensor;
  readonly pooled: Tensor;
  readonly logits: Tensor;
}

/** Names of its operations in the order of the tape. */
export const opNames = ["conv2d", "relu", "max_pool", "conv2d", "relu", "global_avg_pool", "dense"];

export class Network {
  readonly x: Tensor;
  readonly w1: Tensor;
  readonly w2: Tensor;
  readonly w3: Tensor;
  readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
    this.x = random(engine, "x", [1, 8, 8, 3]);
    this.w1 = random(engine, "w1", [3, 3, 3, 8]);
    this.w2 = random(engine, "w2", [3, 3, 8, 8]);
    this.w3 = random(engine, "w3", [8, 5]);
  }

  /** Everything up to the logits, labelled as it goes if there is a tape. */
  forward(x = this.x, tape?: Tape): Activations {
    const named = (label: string, body: () => Tensor) => {
      if (tape) tape.label = label;
      return body();
    };
    const conv1 = named("conv1", () => conv2d(x, this.w1, undefined, { padding: "same" }));
    const relu1 = named("relu1", () => relu(conv1));
    const pool = named("pool", () => maxPool2d(relu1, { size: 2 }));
    return { conv1, relu1, pool, ...this.suffix(pool, named) };
  }

  /** From the pooled features to the logits. */
  suffix(pool: Tensor, named = (_label: string, body: () => Tensor) => body()) {
    const conv2 = named("conv2", () => conv2d(pool, this.w2, undefined, { padding: "same" }));
    const relu2 = named("relu2", () => relu(conv2));
    const pooled = named("gap", () => globalAvgPool(relu2));
    const logits = named("logits", () => dense(pooled, this.w3, undefined));
    return { conv2, relu2, pooled, logits };
  }

  record(tape: Tape): Activations {
    return tape.run(() => this.forward(this.x, tape));
  }

  /** A cotangent of the logits with 1 at one class. */
  seed(index: number): Tensor {
    const values = new Float32Array(5);
    values[index] = 1;
    return this.engine.tensor(values, [1, 5]);
  }

  [Symbol.dispose](): void {
    for (const tensor of [this.x, this.w1, this.w2, this.w3]) tensor.dispose();
  }
}

export function random(engine: Engine, seed: string, shape: readonly number[]): Tensor {
  return engine.tensor(randomValues(seed, sizeOf(shape)), shape);
}

/** Reads and frees. */
export async function take(tensor: Tensor | undefined): Promise<number[]> {
  if (!tensor) throw new RangeError("there is no tensor to read");
  const values = await tensor.read();
  tensor.dispose();
  return [...values];
}

import { maximum, minimum } from "../../autograd/ops/arithmetic.ts";
import { copies } from "../../autograd/stretch.ts";
import type { Tape } from "../../autograd/tape.ts";
import { ShapeError } from "../../errors.ts";
import type { Image } from "../../image/types.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { modelInput } from "../model-input.ts";
import type { Recording } from "../recording.ts";
import type { Bound } from "./rules.ts";
import { filled } from "./shares.ts";

/** Ones of x's shape, and zeros where x was padded: padding holds nothing of the picture. */
export function onesAt(tape: Tape, x: Tensor): Tensor {
  let picture = x;
  for (let node = tape.producerOf(x); node?.op.name === "zero_pad"; node = tape.producerOf(picture)) {
    if (!node.inputs.x) break;
    picture = node.inputs.x;
  }
  return tape.replay(x, picture, filled(picture, 1));
}

/** The extremes of a first layer's input x: those of the network's input, through what lies before the layer.
 * @throws ShapeError for bounds that do not fit; what `modelInput` throws where they are to come from the model */
export function boxAt(
  { model, tape, input, pictures }: Recording,
  x: Tensor,
  bounds: { readonly low?: Bound | undefined; readonly high?: Bound | undefined },
): { readonly low: Tensor; readonly high: Tensor } {
  const rows = (one: Tensor) => (pictures === 1 ? one : copies(one, pictures));
  const extreme = (bound: Bound | undefined, sample: 0 | 255) => {
    const one = bound === undefined ? modelInput(model, uniform(input, sample)) : constant(input, bound);
    return tape.replay(x, input, rows(one));
  };
  const [a, b] = [extreme(bounds.low, 0), extreme(bounds.high, 255)];
  // a preprocessing layer may turn black into the larger number
  return { low: minimum(a, b), high: maximum(a, b) };
}

/** A picture of the input's extents of one gray. */
function uniform(input: Tensor, sample: 0 | 255): Image {
  const [, height = 1, width = 1, depth = 3] = input.shape;
  const channels = depth === 1 ? 1 : 3;
  return { width, height, channels, data: new Uint8Array(width * height * channels).fill(sample) };
}

/** One picture of the input's extents that holds a number, or one for each channel. */
function constant(input: Tensor, bound: Bound): Tensor {
  const [, ...shape] = input.shape;
  const channels = shape.at(-1) ?? 1;
  if (typeof bound !== "number" && bound.length !== channels)
    throw new ShapeError(
      `lrp: ${bound.length} bounds for an input of ${showShape(input.shape)}; one number is wanted, or ${channels}`,
    );
  const at = (i: number) => (typeof bound === "number" ? bound : (bound[i % channels] ?? 0));
  const size = shape.reduce((product, extent) => product * extent, 1);
  return input.engine.tensor(
    Float32Array.from({ length: size }, (_, i) => at(i)),
    [1, ...shape],
  );
}

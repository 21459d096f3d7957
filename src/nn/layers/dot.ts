import { unitNorm } from "../../autograd/ops/group-norm.ts";
import { reshape } from "../../autograd/ops/layout.ts";
import { matmul } from "../../autograd/ops/matmul.ts";
import { permute } from "../../autograd/ops/permute.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type LayerClass, type LayerShape, labelled, showLayerShape } from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";

/** Sums of products along one axis of each of two inputs, for each sample apart; every other axis of the first stays,
 * then every other axis of the second. With `normalize` both are brought to length 1 first. */
export const dotLayer: LayerClass = {
  className: "Dot",
  build(config, inputShapes) {
    const [a, b, ...more] = inputShapes;
    if (!a || !b || more.length > 0)
      throw new ShapeError(`${config.title}: ${inputShapes.length} inputs are connected; it takes two`);
    const [first, second] = readAxes(config, a, b);
    const [left, right] = [a[first], b[second]];
    if (left !== right && left !== null && right !== null)
      throw new ShapeError(
        `${config.title}: ${showLayerShape(a)} along axis ${first} and ${showLayerShape(b)} along axis ${second} do not fit`,
      );
    const normalize = config.flag("normalize", false);
    // shorter vectors are divided by that
    const shortest = config.kerasMajor < 3 ? 1e-6 : 1e-7;
    const least = normalize ? shortest : undefined;
    const rest = [...without(a, first), ...without(b, second)];
    return {
      weights: [],
      outputShape: [null, ...(rest.length === 0 ? [1] : rest)],
      call(inputs, _weights, label) {
        const [x, y] = inputs;
        if (!x || !y) throw new ShapeError(`${label}: two inputs are wanted`);
        const inner = (op: string, body: () => Tensor) => labelled(x.engine, `${label}/${op}`, body);
        const shape = [...without(x.shape, first), ...without(y.shape, second)].map((extent) => extent ?? 1);
        const product = inner("matmul", () =>
          matmul(matrices(x, first, least), matrices(y, second, least), { transposeB: true }),
        );
        const rows = x.shape[0] ?? 1;
        return labelled(x.engine, label, () => reshape(product, [rows, ...(shape.length === 0 ? [1] : shape)]));
      },
    };
  },
};

/** [n, ..., k, ...] -> [n, rest, k] */
function matrices(x: Tensor, axis: number, least: number | undefined): Tensor {
  const order = x.shape.map((_, i) => i).filter((i) => i !== axis);
  const turned = axis === x.shape.length - 1 ? x : permute(x, [...order, axis]);
  const K = x.shape[axis] ?? 1;
  const [rows = 1] = x.shape;
  const flat = reshape(turned, [rows, x.size / Math.max(1, rows * K), K]);
  return least === undefined ? flat : unitNorm(flat, { least });
}

function without(shape: LayerShape, axis: number): LayerShape {
  return shape.filter((_, i) => i !== 0 && i !== axis);
}

/** One axis for both, or one for each. */
function readAxes(config: LayerConfig, a: LayerShape, b: LayerShape): [number, number] {
  const value = config.raw("axes");
  const [first, second, ...more] = Array.isArray(value) ? value : [value, value];
  const read = (axis: unknown, { length }: LayerShape) => {
    const counted = typeof axis === "number" && axis < 0 ? axis + length : axis;
    if (
      typeof counted !== "number" ||
      !Number.isInteger(counted) ||
      counted < 1 ||
      counted >= length ||
      more.length > 0
    )
      config.refuse("axes", value, "an axis other than the batch's, or one for each input,");
    return counted;
  };
  return [read(first, a), read(second, b)];
}

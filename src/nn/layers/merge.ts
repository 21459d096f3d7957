import { add, mul, sub } from "../../autograd/ops/arithmetic.ts";
import { concat } from "../../autograd/ops/layout.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { chain, type LayerClass, type LayerShape, labelled, showLayerShape } from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";

type Binary = (a: Tensor, b: Tensor) => Tensor;

function mergeLayer(className: string, op: string, combine: Binary): LayerClass {
  return {
    className,
    build(config, inputShapes) {
      const most = className === "Subtract" ? 2 : Number.POSITIVE_INFINITY;
      checkCount(config, inputShapes, most);
      return {
        weights: [],
        outputShape: inputShapes.reduce((a, b) => broadcast(a, b, config)),
        call([first, ...rest], _weights, label) {
          if (!first) throw new ShapeError(`${label}: no inputs`);
          return chain(
            first,
            label,
            rest.map((other) => ({ op, run: (x) => combine(x, other) })),
          );
        },
      };
    },
  };
}

export const addLayer = mergeLayer("Add", "add", add);
export const subtractLayer = mergeLayer("Subtract", "sub", sub);
export const multiplyLayer = mergeLayer("Multiply", "mul", mul);

export const concatenateLayer: LayerClass = {
  className: "Concatenate",
  build(config, inputShapes) {
    checkCount(config, inputShapes, Number.POSITIVE_INFINITY);
    const rank = inputShapes[0]?.length ?? 0;
    const axis = config.axis("axis", rank);
    if (axis === 0) config.unsupported("axis", 0, "any axis but the batch's");
    return {
      weights: [],
      outputShape: inputShapes.reduce((a, b) => joined(a, b, axis, config)),
      call(inputs, _weights, label) {
        const [first] = inputs;
        if (!first) throw new ShapeError(`${label}: no inputs`);
        return labelled(first.engine, label, () => concat([...inputs], axis));
      },
    };
  },
};

function checkCount(config: LayerConfig, shapes: readonly LayerShape[], most: number): void {
  if (shapes.length >= 2 && shapes.length <= most) return;
  const wanted = most === 2 ? "two" : "at least two";
  throw new ShapeError(`${config.title}: ${shapes.length} inputs are connected; it takes ${wanted}`);
}

function broadcast(a: LayerShape, b: LayerShape, config: LayerConfig): LayerShape {
  const result = a.map((extent, i) => {
    const other = b[i] ?? null;
    if (extent === 1 || other === 1) return extent === 1 ? other : extent;
    return extent ?? other;
  });
  const fits = a.every(
    (extent, i) => extent === null || b[i] === null || extent === b[i] || extent === 1 || b[i] === 1,
  );
  if (a.length !== b.length || !fits)
    throw new ShapeError(`${config.title}: inputs ${showLayerShape(a)} and ${showLayerShape(b)} do not fit together`);
  return result;
}

function joined(a: LayerShape, b: LayerShape, axis: number, config: LayerConfig): LayerShape {
  const fits = a.every((extent, i) => i === axis || extent === null || b[i] === null || extent === b[i]);
  if (a.length !== b.length || !fits)
    throw new ShapeError(
      `${config.title}: inputs ${showLayerShape(a)} and ${showLayerShape(b)} differ outside axis ${axis}`,
    );
  return a.map((extent, i) => {
    const other = b[i] ?? null;
    if (i !== axis) return extent ?? other;
    return extent === null || other === null ? null : extent + other;
  });
}

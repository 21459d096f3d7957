import { add, maximum, minimum, mul, scale, sub } from "../../autograd/ops/arithmetic.ts";
import { concat, reshape } from "../../autograd/ops/layout.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { chain, type LayerClass, type LayerShape, labelled, type Step, showLayerShape } from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";
import { broadcastShapes, joinShapes } from "../shapes.ts";
import { identityStep } from "./identity.ts";

interface Merge {
  readonly op: string;
  readonly combine: (a: Tensor, b: Tensor) => Tensor;
  /** How many inputs; any number from one unless given. */
  readonly count?: number;
  /** What follows, for so many inputs. */
  readonly after?: (count: number) => Step;
}

/** One input after another is combined with what came of those before it; one alone is passed on. Inputs with fewer axes
 * get more of extent 1 behind their batch, as in Keras. */
function mergeLayer(className: string, { op, combine, count, after }: Merge): LayerClass {
  return {
    className,
    build(config, inputShapes) {
      checkCount(config, inputShapes, count);
      const rank = Math.max(...inputShapes.map((shape) => shape.length));
      return {
        weights: [],
        outputShape: inputShapes.map((shape) => widened(shape, rank)).reduce((a, b) => broadcast(a, b, config)),
        call(inputs, _weights, label) {
          const [first, ...rest] = inputs;
          if (!first) throw new ShapeError(`${label}: no inputs`);
          const widen = (x: Tensor) => (x.shape.length < rank ? reshape(x, widened(x.shape, rank)) : x);
          const steps: Step[] = [
            ...(first.shape.length < rank ? [{ op: "reshape", run: widen }] : []),
            ...rest.map((other) => ({ op, run: (x: Tensor) => combine(x, widen(other)) })),
            ...(after ? [after(inputs.length)] : []),
          ];
          return chain(first, label, steps.length > 0 ? steps : [identityStep]);
        },
      };
    },
  };
}

function widened<T extends number | null>([batch, ...rest]: readonly T[], rank: number): readonly (T | number)[] {
  return [batch === undefined ? 1 : batch, ...Array<number>(rank - rest.length - 1).fill(1), ...rest];
}

export const mergeLayers: readonly LayerClass[] = [
  mergeLayer("Add", { op: "add", combine: add }),
  mergeLayer("Subtract", { op: "sub", combine: sub, count: 2 }),
  mergeLayer("Multiply", { op: "mul", combine: mul }),
  mergeLayer("Maximum", { op: "maximum", combine: maximum }),
  mergeLayer("Minimum", { op: "minimum", combine: minimum }),
  mergeLayer("Average", {
    op: "add",
    combine: add,
    after: (count) => ({ op: "scale", run: (x) => scale(x, 1 / count) }),
  }),
];

export const concatenateLayer: LayerClass = {
  className: "Concatenate",
  build(config, inputShapes) {
    checkCount(config, inputShapes);
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

/** Keras takes a list of one, too, for all but a difference. */
function checkCount(config: LayerConfig, { length }: readonly LayerShape[], count?: number): void {
  if (count === undefined ? length >= 1 : length === count) return;
  throw new ShapeError(`${config.title}: ${length} inputs are connected; it takes ${count ?? "at least one"}`);
}

function broadcast(a: LayerShape, b: LayerShape, config: LayerConfig): LayerShape {
  const shape = broadcastShapes(a, b);
  if (shape) return shape;
  throw new ShapeError(`${config.title}: inputs ${showLayerShape(a)} and ${showLayerShape(b)} do not fit together`);
}

function joined(a: LayerShape, b: LayerShape, axis: number, config: LayerConfig): LayerShape {
  const shape = joinShapes(a, b, axis);
  if (shape) return shape;
  throw new ShapeError(
    `${config.title}: inputs ${showLayerShape(a)} and ${showLayerShape(b)} differ outside axis ${axis}`,
  );
}

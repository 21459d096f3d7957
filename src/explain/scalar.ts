import { ShapeError } from "../errors.ts";
import { sameShape, showShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Scalar, Target, TargetContext } from "./targets.ts";

/** What a target stands for, checked to be one scalar for each picture.
 * @throws ShapeError for what is no target, or gives no scalar */
export function scalarOf(target: Target, context: TargetContext): Scalar {
  // plain JavaScript may hand over anything
  if (typeof (target as Partial<Target> | undefined)?.of !== "function")
    throw new ShapeError(
      `a target is ${shownValue(target)}; give one such as classLogit(285), or an object { name, of(outputs) }.`,
    );
  const scalar = target.of(context) as Partial<Scalar> | undefined;
  const { y, seed } = scalar ?? {};
  const problem = scalar instanceof Promise ? "of() gives a promise" : problemOf(y, seed, context);
  if (y && seed && problem === undefined) return { y, seed };
  if (seed instanceof Tensor) seed.dispose();
  throw new ShapeError(
    `target "${target.name}" gives no scalar: ${problem}. Its of() returns { y, seed }: a recorded tensor and a seed of ` +
      "y's shape, which stand for the sum of seed * y.",
  );
}

function problemOf(y: unknown, seed: unknown, { tape }: TargetContext): string | undefined {
  if (!(y instanceof Tensor)) return `y is ${shownValue(y)}, no tensor`;
  if (!(seed instanceof Tensor)) return `seed is ${shownValue(seed)}, no tensor`;
  if (seed.dtype !== "float32") return `seed is ${seed.dtype}, not float32`;
  if (!sameShape(y.shape, seed.shape)) return `seed is ${showShape(seed.shape)}, but y is ${showShape(y.shape)}`;
  if (!tape.producerOf(y)) return `y ${showShape(y.shape)} was not computed on this recording (see tape.run)`;
  return undefined;
}

function shownValue(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object without what it needs" : String(value);
}

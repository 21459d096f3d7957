import { ShapeError } from "../errors.ts";
import type { Model } from "../nn/model.ts";
import { copyElements } from "../tensor/rows.ts";
import { showShape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The values of one weight. */
export interface SavedWeight {
  readonly layer: string;
  readonly name: string;
  readonly values: Float32Array;
}

/** Reads all weights of a model, those that training leaves alone too. */
export async function readWeights(model: Model): Promise<SavedWeight[]> {
  const saved: SavedWeight[] = [];
  for (const { layer, name } of model.weightSlots())
    saved.push({ layer, name, values: await model.readWeight(layer, name) });
  return saved;
}

/** @throws ShapeError unless they are this model's */
export function checkWeights(model: Model, weights: readonly SavedWeight[]): void {
  const slots = model.weightSlots();
  const other = slots.find(({ layer, name, shape }, i) => {
    const given = weights[i];
    return given?.layer !== layer || given.name !== name || given.values.length !== sizeOf(shape);
  });
  if (!other && weights.length === slots.length) return;
  throw new ShapeError(
    `these are the weights of another model: "${model.name}" has ${slots.length}` +
      (other ? `, among them ${other.layer}/${other.name} ${showShape(other.shape)}` : "") +
      `; ${weights.length} were given. Resume with the model that the run began with.`,
  );
}

/** @throws ShapeError unless they are this model's; nothing has changed then */
export function writeWeights(model: Model, weights: readonly SavedWeight[]): void {
  checkWeights(model, weights);
  for (const { layer, name, values } of weights) overwrite(model.weightTensor(layer, name), values);
}

/** Writes in the order of what is encoded: nothing that waits reads the new values. */
function overwrite(tensor: Tensor, values: Float32Array): void {
  const { engine } = tensor;
  using fresh = engine.tensor(values, tensor.shape);
  copyElements(fresh, { to: tensor, at: 0 });
}

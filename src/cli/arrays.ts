import { zipSync } from "fflate";
import { type Model, type NpyArray, npyToFloat32, ShapeError, type Tensor, writeNpy } from "../index.ts";

/** Numbers with the name of what they come from. */
export interface NamedArray {
  readonly name: string;
  readonly values: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

/** The tensor of one input of a model from an array as Keras takes it: with or without the batch axis, and with the
 * channels first where the model has them first, unless only channels last fits.
 * @param path what messages call the array
 * @throws ShapeError for another shape */
export function arrayInput(model: Model, index: number, { array, path }: { array: NpyArray; path: string }): Tensor {
  const wanted = model.inputShapes[index] ?? [];
  const name = model.inputNames[index] ?? "";
  const given = array.shape.length === wanted.length - 1 ? [1, ...array.shape] : array.shape;
  const fits = (shape: readonly (number | null)[]) =>
    shape.length === given.length && shape.every((extent, axis) => extent === null || extent === given[axis]);
  const values = npyToFloat32(array);
  const isFirst = wanted.length === 4 && model.layer(name).channelsFirst;
  const kerasShape = isFirst ? channelsFirstShape(wanted) : wanted;
  if (isFirst && fits(kerasShape)) {
    const [n = 1, c = 1, h = 1, w = 1] = given;
    return model.engine.tensor(moveAxis(values, [n, c, h * w]), [n, h, w, c]);
  }
  if (fits(wanted)) return model.engine.tensor(values, given);
  const shown = kerasShape.map((extent) => extent ?? "any").join(", ");
  throw new ShapeError(
    `${path} has the shape [${array.shape.join(", ")}], but model "${model.name}" takes [${shown}].`,
  );
}

/** A layer's output in Keras' own order of axes. */
export async function readInKerasOrder(model: Model, name: string, y: Tensor): Promise<NamedArray> {
  const values = Float32Array.from(await y.read());
  const [n = 1, h = 1, w = 1, c = 1] = y.shape;
  const isFirst = y.shape.length === 4 && model.layer(name.replace(/#\d+$/, "")).channelsFirst;
  return isFirst
    ? { name, values: moveAxis(values, [n, h * w, c]), shape: [n, c, h, w] }
    : { name, values, shape: y.shape };
}

/** What NumPy's `load` reads back as a dictionary: the arrays in a zip, by their names. */
export function writeNpz(arrays: readonly NamedArray[]): Uint8Array {
  const entries = arrays.map(({ name, values, shape }) => [`${name}.npy`, writeNpy(values, shape)] as const);
  return zipSync(Object.fromEntries(entries), { level: 0 });
}

function channelsFirstShape([n = null, h = null, w = null, c = null]: readonly (number | null)[]): (number | null)[] {
  return [n, c, h, w];
}

/** [n, a, b] as [n, b, a]. */
function moveAxis(values: Float32Array, [n, a, b]: readonly [number, number, number]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let image = 0; image < n; image++)
    for (let i = 0; i < a; i++)
      for (let j = 0; j < b; j++) out[(image * b + j) * a + i] = values[(image * a + i) * b + j] ?? 0;
  return out;
}

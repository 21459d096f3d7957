/** Weights from one integer hash, bit for bit those of tools/golden/hash_weights.py; test/golden/README.md has the rule. */

const STEM_LAYERS: ReadonlySet<string> = new Set(["block1_conv1", "conv1_conv"]);
const STEM_DAMPING = 1 / 64;

/** The whole tensor, flat. `weight` is the role that Keras gives it; "input" and "seed" stand for a model's input
 * and for the cotangent of an output. */
export function hashWeight(layer: string, weight: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  return hashRange(layer, weight, shape, 0, product(shape));
}

/** The slice [startRow, startRow + rowCount) along the first axis, flat. */
export function hashWeightRows(
  layer: string,
  weight: string,
  shape: readonly number[],
  startRow: number,
  rowCount: number,
): Float32Array<ArrayBuffer> {
  const rowSize = product(shape.slice(1));
  if (startRow < 0 || rowCount < 0 || startRow + rowCount > (shape[0] ?? 0)) {
    throw new RangeError(`rows ${startRow}..${startRow + rowCount} are outside [${shape.join(", ")}] of ${layer}`);
  }
  return hashRange(layer, weight, shape, startRow * rowSize, rowCount * rowSize);
}

/** FNV-1a, 32 bits, of the UTF-8 bytes of "layer/weight". */
export function hashSeed(layer: string, weight: string): number {
  let h = 2166136261;
  for (const byte of new TextEncoder().encode(`${layer}/${weight}`)) h = Math.imul(h ^ byte, 16777619);
  return h >>> 0;
}

function hashRange(
  layer: string,
  weight: string,
  shape: readonly number[],
  start: number,
  length: number,
): Float32Array<ArrayBuffer> {
  const [center, spread] = range(layer, weight, shape).map(Math.fround) as [number, number];
  const first = (start + Math.imul(hashSeed(layer, weight), 0x9e3779b1)) | 0;
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let h = (first + i) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    // u has 24 bits, so u * spread is exact in float64 and fround rounds it once, as float32 arithmetic does.
    out[i] = center + Math.fround(((h >>> 8) * 2 ** -23 - 1) * spread);
  }
  return out;
}

function range(layer: string, weight: string, shape: readonly number[]): [center: number, spread: number] {
  switch (weight) {
    case "kernel":
    case "pointwise_kernel":
      return [0, Math.sqrt(6 / product(shape.slice(0, -1))) * (STEM_LAYERS.has(layer) ? STEM_DAMPING : 1)];
    case "depthwise_kernel":
      return [0, Math.sqrt(6 / product(shape.slice(0, 2)))];
    case "gamma":
      return layer.endsWith("_3_bn") ? [0.3, 0.06] : [1, 0.2];
    case "bias":
      return [0, 0.05];
    case "beta":
    case "moving_mean":
      return [0, 0.1];
    case "moving_variance":
    case "variance":
      return [1, 0.3];
    case "alpha":
      return [0.25, 0.2];
    case "count":
      return [0, 0];
    case "mean":
      return [0, 0.5];
    case "input":
      return [0, 4];
    case "seed":
      return [0, 1];
    default:
      throw new RangeError(`no hash rule for the weight "${weight}" of ${layer}`);
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

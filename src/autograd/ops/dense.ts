import { ShapeError } from "../../errors.ts";
import { conv2dFilterVjpKernel, conv2dInputVjpKernel, conv2dKernel } from "../../kernels/convolution.ts";
import { denseFilterVjpKernel, denseInputVjpKernel, denseKernel } from "../../kernels/dense.ts";
import { rowRange } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";
import { sumSlices } from "./slices.ts";
import { sumRows } from "./sums.ts";

/** From this many rows on, a dense layer is a 1x1 convolution over a picture one pixel wide, whose register tiles
 * use each weight for several rows; below it every weight is read once anyway. */
const ROWS_FOR_TILES = 8;
/** Weight rows that one invocation walks; keeps loops short and gives a GPU enough invocations. */
const ROWS_PER_SLICE = 512;

/** y = x w + b.
 * @param x [n, k]
 * @param w [k, oc]; may be larger than one binding of the device
 * @param b [oc] or undefined
 * @returns [n, oc] */
export function dense(x: Tensor, w: Tensor, b: Tensor | undefined): Tensor {
  const [K, OC] = w.shape;
  if (x.shape.length !== 2 || w.shape.length !== 2 || x.shape[1] !== K)
    throw new ShapeError(`dense: ${shown("x", x)} and ${shown("w", w)} do not fit; [n, k] and [k, oc] are wanted`);
  if (b && (b.shape.length !== 1 || b.shape[0] !== OC))
    throw new ShapeError(`dense: ${shown("b", b)} but ${shown("w", w)} wants [${OC}]`);
  return denseOp.apply({ x, w, b }, {});
}

interface Sizes {
  readonly N: number;
  readonly K: number;
  readonly OC: number;
}

function sizesOf(x: Tensor, w: Tensor): Sizes {
  return { N: x.shape[0] ?? 0, K: w.shape[0] ?? 0, OC: w.shape[1] ?? 0 };
}

/** Row blocks of w that lie in one buffer each. */
function weightBlocks(w: Tensor): { firstK: number; rows: number }[] {
  const K = w.shape[0] ?? 0;
  const { buffers, partElements } = w.storage;
  const step = buffers.length === 1 ? K : partElements / w.rowElements;
  return Array.from({ length: buffers.length }, (_, i) => ({ firstK: i * step, rows: Math.min(step, K - i * step) }));
}

const usesTiles = (sizes: Sizes, w: Tensor) => sizes.N >= ROWS_FOR_TILES && w.storage.buffers.length === 1;

/** A dense layer as a 1x1 convolution: rows are pixels of one column. */
function asConvolution({ N, K, OC }: Sizes) {
  const one = { KH: 1, KW: 1, SH: 1, SW: 1, DH: 1, DW: 1, top: 0, left: 0 };
  return { N: 1, H: N, W: 1, C: K, OH: N, OW: 1, OC, ...one, G: 1 };
}

const denseOp = defineOp({
  name: "dense",
  inputs: ["x", "w", "b?"],
  save: ["x", "w"],
  forward: (inputs) => {
    const x = need(inputs, "x");
    const w = need(inputs, "w");
    const { b } = inputs;
    const sizes = sizesOf(x, w);
    if (usesTiles(sizes, w)) {
      const y = x.engine.empty([sizes.N, sizes.OC]);
      const ranges = { x: x.range, w: w.range, b: (b ?? w).range, y: y.range };
      x.engine.run(conv2dKernel, ranges, { ...asConvolution(sizes), hasBias: Number(!!b) });
      return y;
    }
    return bySlices(x, w, b);
  },
  vjp: (dy, { inputs, wanted }) => {
    const x = need(inputs, "x");
    const w = need(inputs, "w");
    return {
      x: wanted.has("x") ? inputGradient(dy, x, w) : undefined,
      w: wanted.has("w") ? filterGradient(dy, x, w) : undefined,
      b: wanted.has("b") ? sumRows(dy) : undefined,
    };
  },
});

/** Few rows: the weights stream by once, cut into slices of rows that run side by side. */
function bySlices(x: Tensor, w: Tensor, b: Tensor | undefined): Tensor {
  const { N, K, OC } = sizesOf(x, w);
  const blocks = weightBlocks(w).map((block) => ({ ...block, slices: Math.ceil(block.rows / ROWS_PER_SLICE) }));
  const slices = blocks.reduce((sum, block) => sum + block.slices, 0);
  const partial = x.engine.empty([slices, N, OC]);
  let firstSlice = 0;
  for (const { firstK, rows, slices: count } of blocks) {
    const ranges = { x: x.range, w: rowRange(w, firstK, rows), y: partial.range };
    x.engine.run(denseKernel, ranges, { N, K, OC, firstK, rows, perSlice: ROWS_PER_SLICE, firstSlice });
    firstSlice += count;
  }
  return sumSlices(partial, [N, OC], b);
}

function inputGradient(dy: Tensor, x: Tensor, w: Tensor): Tensor {
  const sizes = sizesOf(x, w);
  const { N, K, OC } = sizes;
  const dx = x.engine.empty(x.shape);
  if (usesTiles(sizes, w)) {
    const geometry = { ...asConvolution(sizes), hasBias: 0 };
    x.engine.run(conv2dInputVjpKernel, { dy: dy.range, w: w.range, dx: dx.range }, geometry);
    return dx;
  }
  for (const { firstK, rows } of weightBlocks(w))
    x.engine.run(
      denseInputVjpKernel,
      { dy: dy.range, w: rowRange(w, firstK, rows), dx: dx.range },
      { N, K, OC, firstK, rows },
    );
  return dx;
}

function filterGradient(dy: Tensor, x: Tensor, w: Tensor): Tensor {
  const sizes = sizesOf(x, w);
  const { N, K, OC } = sizes;
  const dw = x.engine.empty(w.shape);
  if (usesTiles(sizes, w)) {
    const geometry = { ...asConvolution(sizes), slices: 1 };
    x.engine.run(conv2dFilterVjpKernel, { x: x.range, dy: dy.range, dw: dw.range }, geometry);
    return dw;
  }
  for (const { firstK, rows } of weightBlocks(dw)) {
    const ranges = { x: x.range, dy: dy.range, dw: rowRange(dw, firstK, rows) };
    x.engine.run(denseFilterVjpKernel, ranges, { n: rows * OC, N, K, OC, firstK });
  }
  return dw;
}

import { ShapeError } from "../../errors.ts";
import { conv2dFilterVjpKernel, conv2dInputVjpKernel, conv2dKernel } from "../../kernels/convolution.ts";
import { MAX_GROUPS } from "../../kernels/define.ts";
import { denseFilterVjpKernel, denseInputVjpKernel, denseKernel } from "../../kernels/dense.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import { overRows, rowRange } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";
import { add } from "./arithmetic.ts";
import { addSlices } from "./slices.ts";
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
 * @returns [n, oc]
 * @throws  ShapeError when x, w and b do not fit */
export function dense(x: Tensor, w: Tensor, b: Tensor | undefined): Tensor {
  const [K, OC] = w.shape;
  if (x.shape.length !== 2 || w.shape.length !== 2 || x.shape[1] !== K)
    throw new ShapeError(`dense: ${shown("x", x)} and ${shown("w", w)} do not fit; [n, k] and [k, oc] are wanted`);
  if (b && (b.shape.length !== 1 || b.shape[0] !== OC))
    throw new ShapeError(`dense: ${shown("b", b)} but ${shown("w", w)} wants [${OC}]`);
  return denseOp.apply({ x, w, b }, {});
}

/** Scalars of a block of rows of a batch. */
interface Sizes {
  readonly N: number;
  readonly K: number;
  readonly OC: number;
}

/** Row blocks of w that lie in one buffer each. */
function weightBlocks(w: Tensor): { firstK: number; rows: number }[] {
  const K = w.shape[0] ?? 0;
  const { buffers, partElements } = w.storage;
  const step = buffers.length === 1 ? K : partElements / w.rowElements;
  return Array.from({ length: buffers.length }, (_, i) => ({ firstK: i * step, rows: Math.min(step, K - i * step) }));
}

const usesTiles = (N: number, w: Tensor) => N >= ROWS_FOR_TILES && w.storage.buffers.length === 1;

/** A dense layer as a 1x1 convolution: rows are pixels of one column. */
function asConvolution({ N, K, OC }: Sizes) {
  const one = { KH: 1, KW: 1, SH: 1, SW: 1, DH: 1, DW: 1, top: 0, left: 0 };
  return { N: 1, H: N, W: 1, C: K, OH: N, OW: 1, OC, ...one, G: 1 };
}

const denseOp = defineOp({
  name: "dense",
  reads: [],
  forward: (inputs) => {
    const x = need(inputs, "x");
    const w = need(inputs, "w");
    const { b } = inputs;
    const N = x.shape[0] ?? 0;
    const [K = 0, OC = 0] = w.shape;
    const y = x.engine.empty([N, OC]);
    const tiles = usesTiles(N, w);
    const blocks = tiles ? [] : sliced(w);
    overRows({ inputs: { x }, outputs: { y }, most: tiles ? N : rowsAtOnce(w, blocks) }, (ranges, rows) => {
      const sizes = { N: rows, K, OC };
      if (!tiles) return bySlices(ranges, { w, b, sizes, blocks });
      const weights = { w: w.range, b: (b ?? w).range };
      x.engine.run(conv2dKernel, { ...ranges, ...weights }, { ...asConvolution(sizes), hasBias: Number(!!b) });
    });
    return y;
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

/** Row blocks of the weights, each cut into slices of rows that run side by side. */
type Blocks = readonly { readonly firstK: number; readonly rows: number; readonly slices: number }[];

function sliced(w: Tensor): Blocks {
  return weightBlocks(w).map((block) => ({ ...block, slices: Math.ceil(block.rows / ROWS_PER_SLICE) }));
}

const countSlices = (blocks: Blocks) => blocks.reduce((sum, { slices }) => sum + slices, 0);

/** So many rows of a batch that all their partial results fit in one binding. */
function rowsAtOnce(w: Tensor, blocks: Blocks): number {
  const bytes = 4 * Math.max(1, countSlices(blocks) * (w.shape[1] ?? 0));
  return Math.min(MAX_GROUPS, Math.floor(w.engine.maxBindingBytes / bytes));
}

/** Few rows: the weights stream by once. */
function bySlices(
  { x, y }: Record<"x" | "y", BufferRange>,
  { w, b, sizes, blocks }: { w: Tensor; b: Tensor | undefined; sizes: Sizes; blocks: Blocks },
): void {
  const { engine } = w;
  using partial = engine.empty([countSlices(blocks), sizes.N, sizes.OC]);
  let firstSlice = 0;
  for (const { firstK, rows, slices } of blocks) {
    const ranges = { x, w: rowRange(w, firstK, rows), y: partial.range };
    engine.run(denseKernel, ranges, { ...sizes, firstK, rows, perSlice: ROWS_PER_SLICE, firstSlice });
    firstSlice += slices;
  }
  addSlices(partial, { to: y, n: sizes.N * sizes.OC, C: sizes.OC, bias: b });
}

function inputGradient(dy: Tensor, x: Tensor, w: Tensor): Tensor {
  const { engine } = x;
  const N = x.shape[0] ?? 0;
  const [K = 0, OC = 0] = w.shape;
  const dx = engine.empty(x.shape);
  const tiles = usesTiles(N, w);
  overRows({ inputs: { dy }, outputs: { dx }, most: tiles ? N : MAX_GROUPS }, (ranges, count) => {
    const sizes = { N: count, K, OC };
    if (tiles) engine.run(conv2dInputVjpKernel, { ...ranges, w: w.range }, asConvolution(sizes));
    else
      for (const { firstK, rows } of weightBlocks(w))
        engine.run(denseInputVjpKernel, { ...ranges, w: rowRange(w, firstK, rows) }, { ...sizes, firstK, rows });
  });
  return dx;
}

/** dL/dw; batches held in several buffers give a sum each. */
function filterGradient(dy: Tensor, x: Tensor, w: Tensor): Tensor {
  const { engine } = x;
  const [K = 0, OC = 0] = w.shape;
  const tiles = usesTiles(x.shape[0] ?? 0, w);
  let total: Tensor | undefined;
  overRows({ inputs: { x, dy }, outputs: {} }, (ranges, N) => {
    const dw = engine.empty(w.shape);
    const sizes = { N, K, OC };
    if (tiles) engine.run(conv2dFilterVjpKernel, { ...ranges, dw: dw.range }, { ...asConvolution(sizes), slices: 1 });
    else
      for (const { firstK, rows } of weightBlocks(dw))
        engine.run(
          denseFilterVjpKernel,
          { ...ranges, dw: rowRange(dw, firstK, rows) },
          { n: rows * OC, ...sizes, firstK },
        );
    total = total ? add(total, dw) : dw;
  });
  return total ?? engine.zeros(w.shape);
}

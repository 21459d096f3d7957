import { PRODUCT_TILE, productKernel } from "../../kernels/product.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import { winogradKernels } from "../../kernels/winograd.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ConvCase, ConvPass, ConvPlace, ConvShape } from "./conv-choice.ts";
import { oddTiles, packedStride } from "./conv-product.ts";
import { mostAtOnce } from "./pace.ts";
import { permuted } from "./permute.ts";
import { slicesFor } from "./slices.ts";

// Convolutions of 3 x 3 taps and stride 1 by Winograd's minimal filtering (Lavin and Gray 2016): tiles of the picture and
// the weights are taken to points, where the convolution is one small matrix product a point. F(4 x 4) multiplies 36 times
// where the definition multiplies 144 times, F(2 x 2) 16 times instead of 36. Its rounding errors are larger: at most 3e-6
// (F4) and 6e-7 (F2) of the largest value over 256 channels, where the sum as defined has 9e-7.

/** Pixels along a tile's side. */
export type TileSide = 2 | 4;

/** What lies at the points at a time, few enough for a processor's cache. */
const CHUNK_BYTES = 16 * 1024 * 1024;
/** What lies at the points for the weights' gradient, which takes all tiles at once. */
const FILTER_BYTES = 256 * 1024 * 1024;
/** Reading or writing a vector, in multiplications of vectors; measured on lavapipe. */
const TRANSFER = 6;

/** How much faster than the product the tiles of conv2d-tile.wgsl multiply, where they run; measured on SwiftShader. */
const TILES_GAIN = 1.25;

const pointsOf = (side: TileSide) => (side + 2) ** 2;
const whole = (count: number, step: number) => Math.ceil(count / step) * step;

/** The tiles that cover a picture. */
interface Tiling {
  readonly side: TileSide;
  readonly TH: number;
  readonly TW: number;
  /** Of all pictures. */
  readonly count: number;
}

function tilingOf(side: TileSide, { N, H, W }: { N: number; H: number; W: number }): Tiling {
  const [TH, TW] = [Math.ceil(H / side), Math.ceil(W / side)];
  return { side, TH, TW, count: N * TH * TW };
}

/** The tiles that a pass of a convolution goes by: on drivers that run on a CPU those that take fewest multiplications;
 * undefined where the sum as defined takes fewer, the window is another, or a tape records that wants exact values. Another
 * way, or these tiles, may be asked for. */
export function winogradSide(engine: Engine, { pass, shape, way }: ConvCase): TileSide | undefined {
  const sides = ([4, 2] as const).filter((side) => way === undefined || way === `winograd-${side}`);
  const possible = sides.filter((side) => isPossible(engine, side, { pass, shape }));
  if (way !== undefined) return possible[0];
  if (!engine.adapter.software || engine.recorder?.exact) return undefined;
  const costs = possible.map((side) => ({ side, cost: winogradCost(side, pass, shape) }));
  const best = costs.sort((p, q) => p.cost - q.cost)[0];
  const definition = engine.adapter.wideRegisters ? productPassCost(pass, shape) : tilesPassCost(pass, shape);
  return best && best.cost < definition ? best.side : undefined;
}

/** Whether there are kernels for such a window, and memory for what lies at the points. */
function isPossible(engine: Engine, side: TileSide, { pass, shape }: ConvPlace): boolean {
  const { C, OC, window, groups } = shape;
  const { KH, KW, SH, SW, DH, DW } = window;
  const isDense = groups === 1 && KH === 3 && KW === 3 && SH === 1 && SW === 1 && DH === 1 && DW === 1;
  if (!isDense || C % 4 !== 0 || OC % 4 !== 0) return false;
  const bytes = 4 * pointsOf(side);
  const most = engine.maxBindingBytes;
  if (bytes * C * OC > most) return false;
  if (pass !== "filter") return bytes * PRODUCT_TILE * Math.max(C, OC) <= most;
  const { slices, tiles } = filterTiles(engine, side, shape);
  return bytes * slices * C * OC <= most && bytes * tiles * Math.max(C, OC) <= Math.min(most, FILTER_BYTES);
}

/** Output pixels of a pass that goes over the picture. */
function picture(pass: ConvPass, { N, H, W, window }: ConvShape): { N: number; H: number; W: number } {
  return pass === "input" ? { N, H, W } : { N, H: window.OH, W: window.OW };
}

/** A product of so many rows and columns, each a sum of so many terms. */
interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly terms: number;
}

/** Multiplications of vectors of four, in tiles that may be partly empty, with what writing the result costs. */
function productCost({ rows, columns, terms }: Product): number {
  return (whole(rows, PRODUCT_TILE) * whole(columns, PRODUCT_TILE) * (terms + TRANSFER)) / 4;
}

/** Vectors of four, each of which is read or written once. */
function transferCost(values: number): number {
  return (values * TRANSFER) / 4;
}

function winogradCost(side: TileSide, pass: ConvPass, shape: ConvShape): number {
  const { C, OC } = shape;
  const points = pointsOf(side);
  const { count } = tilingOf(side, picture(pass, shape));
  const weights = transferCost((9 + points) * C * OC);
  if (pass === "filter") {
    const tiles = transferCost((2 * points * C + (points + side * side) * OC) * count);
    return weights + tiles + points * productCost({ rows: C, columns: OC, terms: count });
  }
  const [read, written] = pass === "input" ? [OC, C] : [C, OC];
  const tiles = transferCost((2 * points * read + (points + side * side) * written) * count);
  return weights + tiles + points * productCost({ rows: count, columns: written, terms: read });
}

/** What the sum as defined costs where it is a product, packing included. */
function productPassCost(pass: ConvPass, shape: ConvShape): number {
  const { N, H, W } = picture(pass, shape);
  const { C, OC } = shape;
  const pixels = N * H * W;
  const [read, written] = pass === "input" ? [OC, C] : [C, OC];
  const packing = transferCost(2 * 9 * read * pixels);
  if (pass === "filter") return packing + productCost({ rows: 9 * C, columns: OC, terms: pixels });
  return packing + productCost({ rows: pixels, columns: written, terms: 9 * read });
}

/** What the sum as defined costs by the tiles of conv2d-tile.wgsl, which pack nothing. */
function tilesPassCost(pass: ConvPass, shape: ConvShape): number {
  const { N, H, W } = picture(pass, shape);
  return (9 * N * H * W * shape.C * shape.OC) / 4 / TILES_GAIN;
}

type Ranges = Readonly<Record<"x" | "w" | "b" | "y", BufferRange>>;

/** y = conv2d(x, w) + b.
 * @param ranges b: anything of y's channels, read only with hasBias */
export function winogradForward(
  engine: Engine,
  ranges: Ranges,
  { side, hasBias, ...shape }: ConvShape & { readonly side: TileSide; readonly hasBias: boolean },
): void {
  const { C, OC, window } = shape;
  const points = engine.empty([pointsOf(side), C, OC]);
  spreadWeights(engine, { from: ranges.w, to: points.range }, { side, channels: C * OC, turned: false });
  const { top, left, OH, OW } = window;
  const from = { H: shape.H, W: shape.W, C, top, left };
  const to = { N: shape.N, H: OH, W: OW, C: OC };
  convolve(engine, { ...ranges, w: points.range }, { side, from, to, hasBias });
  points.dispose();
}

/** dL/dx of a convolution: one of dy with the weights turned by 180 degrees and their channels exchanged. */
export function winogradInputGradient(
  w: Tensor,
  { dy, dx }: Readonly<Record<"dy" | "dx", BufferRange>>,
  { side, ...shape }: ConvShape & { readonly side: TileSide },
): void {
  const { engine } = w;
  const { C, OC, window } = shape;
  const points = engine.empty([pointsOf(side), OC, C]);
  const turned = permuted(w.withShape([9, C, OC]), [0, 2, 1]);
  spreadWeights(engine, { from: turned.range, to: points.range }, { side, channels: C * OC, turned: true });
  const { top, left, OH, OW } = window;
  const from = { H: OH, W: OW, C: OC, top: 2 - top, left: 2 - left };
  const to = { N: shape.N, H: shape.H, W: shape.W, C };
  convolve(engine, { x: dy, w: points.range, b: points.range, y: dx }, { side, from, to, hasBias: false });
  points.dispose();
}

/** Weights [3, 3, channels] to points. */
function spreadWeights(
  engine: Engine,
  { from, to }: { from: BufferRange; to: BufferRange },
  { side, channels, turned }: { side: TileSide; channels: number; turned: boolean },
): void {
  const kernel = winogradKernels[side][turned ? "turnedWeights" : "weights"];
  const one = { TH: 1, TW: 1, step: 0, top: 0, left: 0, first: 0, count: 1, end: 1, stride: 0 };
  engine.run(kernel, { x: from, y: to }, { H: 3, W: 3, C: channels, ...one });
}

interface Convolution {
  readonly side: TileSide;
  /** The picture that is read, and where its first tile begins. */
  readonly from: Readonly<Record<"H" | "W" | "C" | "top" | "left", number>>;
  readonly to: Readonly<Record<"N" | "H" | "W" | "C", number>>;
  readonly hasBias: boolean;
}

/** A convolution with weights at points [points, from.C, to.C], some tiles at a time. */
function convolve(engine: Engine, { x, w, b, y }: Ranges, { side, from, to, hasBias }: Convolution): void {
  const kernels = winogradKernels[side];
  const points = pointsOf(side);
  const { TH, TW, count: tiles } = tilingOf(side, to);
  const atOnce = mostAtOnce(engine, points * from.C * to.C);
  const most = chunkTiles(engine, atOnce, points * (from.C + to.C));
  for (let first = 0; first < tiles; first += most) {
    const count = Math.min(most, tiles - first);
    const grid = { TH, TW, step: side, first, count };
    const stride = packedStride(count);
    const seen = engine.empty([points, from.C, stride]);
    engine.run(kernels.packedInput, { x, y: seen.range }, { ...from, ...grid, end: tiles, stride });
    const made = engine.empty([points, count, to.C]);
    const sizes = { R: count, N: to.C, K: points * from.C, stride: stride / 4, slices: points };
    const rows = { firstK: 0, firstRow: 0, rows: count, hasBias: 0 };
    engine.run(productKernel, { a: seen.range, b: w, c: w, y: made.range }, { ...sizes, ...rows });
    seen.dispose();
    const { H, W, C } = to;
    engine.run(kernels.output, { x: made.range, b, y }, { H, W, C, ...grid, slices: 1, hasBias: Number(hasBias) });
    made.dispose();
  }
}

function chunkTiles(engine: Engine, atOnce: number, values: number): number {
  const bytes = Math.min(CHUNK_BYTES, engine.maxBindingBytes);
  return oddTiles(Math.floor(Math.min(atOnce, bytes / (4 * values)) / PRODUCT_TILE));
}

/** How the sum over tiles, of dL/dw at a point, is cut. */
function filterTiles(engine: Engine, side: TileSide, shape: ConvShape): { slices: number; tiles: number } {
  const { C, OC } = shape;
  const { count } = tilingOf(side, picture("filter", shape));
  const points = pointsOf(side);
  const parallel = points * Math.ceil(C / PRODUCT_TILE) * Math.ceil(OC / PRODUCT_TILE);
  const slices = slicesFor({ work: count, parallel, size: points * C * OC, engine });
  return { slices, tiles: whole(count, slices) };
}

/** dL/dw: at every point, the product of the picture's tiles with those of dy. */
export function winogradFilterGradient(
  engine: Engine,
  { x, dy, dw }: Readonly<Record<"x" | "dy" | "dw", BufferRange>>,
  { side, ...shape }: ConvShape & { readonly side: TileSide },
): void {
  const kernels = winogradKernels[side];
  const { H, W, C, OC, window } = shape;
  const { top, left, OH, OW } = window;
  const points = pointsOf(side);
  const { TH, TW, count } = tilingOf(side, picture("filter", shape));
  const { slices, tiles } = filterTiles(engine, side, shape);
  const grid = { TH, TW, step: side, first: 0, count: tiles, end: count, stride: 0 };
  const a = engine.empty([points, tiles, C]);
  engine.run(kernels.input, { x, y: a.range }, { H, W, C, top, left, ...grid });
  const b = engine.empty([points, tiles, OC]);
  engine.run(kernels.gradient, { x: dy, y: b.range }, { H: OH, W: OW, C: OC, top: 0, left: 0, ...grid });
  const made = engine.empty([points * slices, C, OC]);
  const sizes = { R: C, N: OC, K: points * tiles, stride: C / 4, slices: points * slices };
  const rows = { firstK: 0, firstRow: 0, rows: C, hasBias: 0 };
  engine.run(productKernel, { a: a.range, b: b.range, c: b.range, y: made.range }, { ...sizes, ...rows });
  a.dispose();
  b.dispose();
  const one = { TH: 1, TW: 1, step: 0, first: 0, count: 1, slices, hasBias: 0 };
  engine.run(kernels.weightsGradient, { x: made.range, b: made.range, y: dw }, { H: 3, W: 3, C: C * OC, ...one });
  made.dispose();
}

import {
  gatherTapsKernel,
  PRODUCT_TILE,
  patchesInputVjpKernel,
  patchesKernel,
  patchRowsKernel,
  productKernel,
} from "../../kernels/product.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ConvCase, ConvShape } from "./conv-choice.ts";
import { permuted } from "./permute.ts";
import { slicesFor } from "./slices.ts";

// A convolution as a matrix product: what its taps see is packed, some pixels at a time, and multiplied by the weights as
// they lie. On lavapipe (2 cores) 2 to 2.5 times as fast as conv2d-tile.wgsl, and 30 times for one input channel.

/** Packed values at a time: few enough for a processor's cache. */
const CHUNK_BYTES = 8 * 1024 * 1024;
/** What the taps carry back, of some pictures at a time. */
const GATHER_BYTES = 32 * 1024 * 1024;
/** Below so many pixels the tiles of the product would be mostly empty. */
const LEAST_PIXELS = 16;

/** Whether a pass of a convolution is computed as a product here: on lavapipe, and on other drivers that run on a CPU
 * where the tiles cannot load four channels at a time. Another way, or this one, may be asked for. */
export function usesProduct(engine: Engine, { pass, shape, way }: ConvCase): boolean {
  const { N, H, W, C, OC, window, groups } = shape;
  if (groups !== 1) return false;
  const { software, wideRegisters } = engine.adapter;
  if (way !== undefined ? way !== "product" : !wideRegisters && !(software && C % 4 !== 0)) return false;
  const rows = window.KH * window.KW * C;
  const pixels = N * window.OH * window.OW;
  const fits = (values: number) => 4 * PRODUCT_TILE * values <= engine.maxBindingBytes;
  if (pass === "forward") return OC % 4 === 0 && pixels >= LEAST_PIXELS && fits(rows);
  if (pass === "filter") {
    const { chunks } = filterSlices(engine, shape);
    return (
      OC % 4 === 0 &&
      pixels >= LEAST_PIXELS &&
      fits(packedStride(rows)) &&
      4 * chunks * rows * OC <= engine.maxBindingBytes
    );
  }
  const { KH, KW, OH, OW } = window;
  if (isStrided(shape))
    return (
      OH * OW >= LEAST_PIXELS &&
      fits(rows) &&
      fits(OC) &&
      4 * OH * OW * padded(rows) <= Math.min(GATHER_BYTES, engine.maxBindingBytes)
    );
  return N * H * W >= LEAST_PIXELS && fits(KH * KW * OC);
}

/** Whether taps are carried back one by one: where pixels of the input see only some of them, or too few channels lie side
 * by side for the product to write. */
function isStrided({ C, window }: ConvShape): boolean {
  return C % 4 !== 0 || window.SH > 1 || window.SW > 1;
}

/** y = conv2d(x, w) + b of `shape.N` pictures.
 * @param ranges b: anything of y's channels, read only with hasBias */
export function productForward(
  engine: Engine,
  { x, w, b, y }: Readonly<Record<"x" | "w" | "b" | "y", BufferRange>>,
  shape: ConvShape & { readonly hasBias: boolean },
): void {
  const { N, H, W, C, OC, window, hasBias } = shape;
  const K = window.KH * window.KW * C;
  const pixels = N * window.OH * window.OW;
  overChunks({ engine, pixels, values: K }, (chunk) => {
    const a = engine.empty([K, 4 * chunk.stride]);
    engine.run(patchesKernel, { x, a: a.range }, { ...window, H, W, C, ...chunk });
    const sizes = {
      R: chunk.count,
      N: OC,
      K,
      stride: chunk.stride,
      slices: 1,
      firstK: 0,
      firstRow: chunk.first,
      rows: pixels,
    };
    engine.run(productKernel, { a: a.range, b: w, c: b, y }, { ...sizes, hasBias: Number(hasBias) });
    a.dispose();
  });
}

/** dL/dx of a convolution. */
export function productInputGradient(w: Tensor, ranges: Gradients, shape: ConvShape): void {
  if (isStrided(shape)) byTaps(w, ranges, shape);
  else byPatches(w, ranges, shape);
}

type Gradients = Readonly<Record<"dy" | "dx", BufferRange>>;

/** With strides: the product of dy with the weights transposed has what every tap carries, which is then gathered. */
function byTaps(w: Tensor, { dy, dx }: Gradients, { N, H, W, C, OC, window }: ConvShape): void {
  const { engine } = w;
  const { KH, KW, OH, OW } = window;
  const rows = KH * KW * C;
  const columns = padded(rows);
  const one = { KH: 1, KW: 1, SH: 1, SW: 1, DH: 1, DW: 1, top: 0, left: 0 };
  // the weights packed like pixels: [OC, rows], filled up with zeros
  const b = engine.empty([OC, columns]);
  const weights = { ...one, H: 1, W: rows, C: OC, OH: 1, OW: rows, first: 0, count: rows, stride: columns / 4 };
  engine.run(patchesKernel, { x: w.range, a: b.range }, weights);
  const together = Math.max(1, Math.floor(Math.min(GATHER_BYTES, engine.maxBindingBytes) / (4 * OH * OW * columns)));
  for (let first = 0; first < N; first += together) {
    const pictures = Math.min(together, N - first);
    const pixels = pictures * OH * OW;
    const t = engine.empty([pixels, columns]);
    overChunks({ engine, pixels, values: OC }, ({ first: at, count, stride }) => {
      const a = engine.empty([OC, 4 * stride]);
      const seen = { ...one, H: OH, W: OW, C: OC, OH, OW, first: first * OH * OW + at, count, stride };
      engine.run(patchesKernel, { x: dy, a: a.range }, seen);
      const sizes = { R: count, N: columns, K: OC, stride, slices: 1, firstK: 0, firstRow: at, rows: pixels };
      engine.run(productKernel, { a: a.range, b: b.range, c: b.range, y: t.range }, { ...sizes, hasBias: 0 });
      a.dispose();
    });
    engine.run(gatherTapsKernel, { t: t.range, dx }, { ...window, N: pictures, H, W, C, first, columns });
    t.dispose();
  }
}

/** With stride 1: the product of what the taps, mirrored, see of dy, with the weights transposed. */
function byPatches(w: Tensor, { dy, dx }: Gradients, { N, H, W, C, OC, window }: ConvShape): void {
  const { engine } = w;
  const { KH, KW, OH, OW } = window;
  const K = KH * KW * OC;
  const pixels = N * H * W;
  // [taps, C, OC] -> [taps, OC, C]
  const turned = permuted(w.withShape([KH * KW, C, OC]), [0, 2, 1]);
  overChunks({ engine, pixels, values: K }, (chunk) => {
    const a = engine.empty([K, 4 * chunk.stride]);
    const seen = { ...window, H: OH, W: OW, C: OC, OH: H, OW: W };
    engine.run(patchesInputVjpKernel, { x: dy, a: a.range }, { ...seen, ...chunk });
    const sizes = {
      R: chunk.count,
      N: C,
      K,
      stride: chunk.stride,
      slices: 1,
      firstK: 0,
      firstRow: chunk.first,
      rows: pixels,
    };
    const b = turned.range;
    engine.run(productKernel, { a: a.range, b, c: b, y: dx }, { ...sizes, hasBias: 0 });
    a.dispose();
  });
}

/** How the sum over pixels, of dL/dw, is cut. */
export interface FilterSlices {
  /** Slices of every chunk. */
  readonly each: number;
  readonly chunks: number;
}

/** Slices enough to keep the adapter busy. */
export function filterSlices(engine: Engine, { N, C, OC, window }: ConvShape): FilterSlices {
  const rows = window.KH * window.KW * C;
  const pixels = N * window.OH * window.OW;
  const chunks = Math.ceil(pixels / chunkPixels(engine, packedStride(rows)));
  const parallel = Math.ceil(rows / PRODUCT_TILE) * Math.ceil(OC / PRODUCT_TILE);
  const each = slicesFor({ work: Math.ceil(pixels / chunks), parallel, size: rows * OC * chunks, engine });
  return { each, chunks };
}

/** dL/dw as [chunks * each, KH, KW, C, OC], to be added up. */
export function productFilterGradient(
  engine: Engine,
  { x, dy, dw }: Readonly<Record<"x" | "dy" | "dw", BufferRange>>,
  shape: ConvShape & { readonly each: number },
): void {
  const { N, H, W, C, OC, window, each } = shape;
  const rows = window.KH * window.KW * C;
  const stride = packedStride(rows) / 4;
  overChunks({ engine, pixels: N * window.OH * window.OW, values: 4 * stride }, ({ first, count }, index) => {
    const a = engine.empty([count, 4 * stride]);
    engine.run(patchRowsKernel, { x, a: a.range }, { ...window, H, W, C, first, count, stride });
    const sizes = {
      R: rows,
      N: OC,
      K: count,
      stride,
      slices: each,
      firstK: first,
      firstRow: index * each * rows,
      rows,
    };
    engine.run(productKernel, { a: a.range, b: dy, c: dy, y: dw }, { ...sizes, hasBias: 0 });
    a.dispose();
  });
}

/** Filled up to whole tiles. */
function padded(rows: number): number {
  return Math.ceil(rows / PRODUCT_TILE) * PRODUCT_TILE;
}

/** Values from one k of the packed operand to the next: whole tiles, and an odd number of them. A power of two would put
 * everything that an invocation reads or writes into the same few lines of a processor's cache, which then takes up to
 * 2.5 times as long. */
export function packedStride(rows: number): number {
  const tiles = Math.ceil(rows / PRODUCT_TILE);
  return PRODUCT_TILE * (tiles % 2 === 0 ? tiles + 1 : tiles);
}

/** Rows of at most so many tiles, at least one, whose `packedStride` needs no more. */
export function oddTiles(most: number): number {
  return PRODUCT_TILE * Math.max(1, most % 2 === 0 ? most - 1 : most);
}

/** How many pixels' values go into one chunk: whole tiles. */
function chunkPixels(engine: Engine, values: number): number {
  const bytes = Math.min(CHUNK_BYTES, engine.maxBindingBytes);
  return oddTiles(Math.floor(bytes / 4 / values / PRODUCT_TILE));
}

interface Chunk {
  readonly first: number;
  readonly count: number;
  /** Vectors to a k, where pixels are the packed operand's rows. */
  readonly stride: number;
}

function overChunks(
  { engine, pixels, values }: { engine: Engine; pixels: number; values: number },
  body: (chunk: Chunk, index: number) => void,
): void {
  const most = chunkPixels(engine, values);
  for (let first = 0, index = 0; first < pixels; first += most, index++) {
    const count = Math.min(most, pixels - first);
    body({ first, count, stride: packedStride(count) / 4 }, index);
  }
}

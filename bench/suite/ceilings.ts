// What this adapter reaches at most, so that a kernel's rate can be told as a share of it.
import type { AnyKernel, Engine, Tensor } from "../../src/index.ts";
import type { Kernel } from "../../src/kernels/define.ts";
import { copyKernel, engineProduct, FMA, fmaKernel, squareProductKernel } from "./ceiling-kernels.ts";
import type { Ceilings, ClockName } from "./document.ts";
import { chooseClock, measure } from "./timing.ts";

/** A size is large enough once a call takes this long; no size takes more than a few times as long. */
const ENOUGH_MS = 20;
const PRODUCT_SIZES = [256, 512, 1024, 2048, 4096];
/** Beyond the caches of a processor, and of a GPU. */
const COPY_BYTES = { software: 64 * 2 ** 20, gpu: 256 * 2 ** 20 };

/** Measures all three ceilings, and whether the GPU's timestamps can be believed.
 * @param budgetMs time for the samples of each size of each ceiling */
export async function measureCeilings(engine: Engine, { budgetMs }: { budgetMs: number }): Promise<Ceilings> {
  const probe = fmaRun(engine, engine.adapter.software ? 512 : 16384);
  try {
    const clock = await chooseClock(engine, probe.run);
    const options = { clock, budgetMs };
    const fmaGflops = await fmaCeiling(engine, options);
    const product = await productCeiling(engine, options);
    const copyGBps = await copyCeiling(engine, options);
    return { clock, fmaGflops, productGflops: product.gflops, productBy: product.by, copyGBps };
  } finally {
    probe.y.dispose();
  }
}

interface Options {
  readonly clock: ClockName;
  readonly budgetMs: number;
}

const FMA_GROUPS = { software: 64, gpu: 4096 };

function fmaRun(engine: Engine, steps: number): { run: () => void; y: Tensor; flops: number } {
  const groups = engine.adapter.software ? FMA_GROUPS.software : FMA_GROUPS.gpu;
  const invocations = groups * FMA.lanes;
  const y = engine.empty([invocations, 4]);
  const uniforms = { groups, steps, factor: 0.999, offset: 0.001 };
  const run = () => engine.run(fmaKernel, { y: y.range }, uniforms);
  return { run, y, flops: invocations * FMA.flopsPerStep * steps };
}

/** Steps grow until a call is long enough that starting it does not count. */
async function fmaCeiling(engine: Engine, options: Options): Promise<number> {
  let gflops = 0;
  for (let steps = 256; steps <= 2 ** 18; steps *= 4) {
    const { run, y, flops } = fmaRun(engine, steps);
    const { minMs } = await measure(engine, run, options);
    y.dispose();
    gflops = Math.max(gflops, flops / minMs / 1e6);
    if (minMs > ENOUGH_MS) break;
  }
  return gflops;
}

type ProductRun = (engine: Engine, n: number) => { run: () => void; tensors: readonly Tensor[]; y: Tensor };

const products: Readonly<Record<string, ProductRun>> = {
  "the engine's product": (engine, n) => {
    const [a, b, y] = squares(engine, n);
    const kernel = engineProduct() as AnyKernel & Kernel<string, string, string>;
    const ranges = { a: a.range, b: b.range, c: b.range, y: y.range };
    const sizes = { R: n, N: n, K: n, stride: n / 4, slices: 1, firstK: 0, firstRow: 0, rows: n, hasBias: 0 };
    return { run: () => engine.run(kernel, ranges, sizes), tensors: [a, b, y], y };
  },
  "tiles in workgroup memory": (engine, n) => {
    const [a, b, y] = squares(engine, n);
    const ranges = { a: a.range, b: b.range, y: y.range };
    return { run: () => engine.run(squareProductKernel, ranges, { n }), tensors: [a, b, y], y };
  },
};

/** Matrices of 0.5 and of 2, whose product is n everywhere. */
function squares(engine: Engine, n: number): [a: Tensor, b: Tensor, y: Tensor] {
  const filled = (value: number) => engine.tensor(new Float32Array(n * n).fill(value), [n, n]);
  return [filled(0.5), filled(2), engine.empty([n, n])];
}

/** The best of both products over growing sizes, each stopped when one takes long. On a CPU that plays GPU, workgroup
 * memory is memory like any other: tiles there reach a third of the engine's product on lavapipe and SwiftShader, and
 * need not be tried.
 * @throws Error for a product that is wrong */
async function productCeiling(engine: Engine, options: Options): Promise<{ gflops: number; by: string }> {
  let best = { gflops: 0, by: "" };
  const tried = Object.entries(products).slice(0, engine.adapter.software ? 1 : undefined);
  for (const [name, make] of tried)
    for (const n of PRODUCT_SIZES) {
      if (4 * n * n > engine.maxBindingBytes) break;
      const { run, tensors, y } = make(engine, n);
      try {
        run();
        if (n === PRODUCT_SIZES[0]) await checkProduct(y, n, name);
        const { minMs } = await measure(engine, run, options);
        const gflops = (2 * n ** 3) / minMs / 1e6;
        if (gflops > best.gflops) best = { gflops, by: `${name}, ${n} x ${n} x ${n}` };
        if (minMs > ENOUGH_MS) break;
      } finally {
        for (const tensor of tensors) tensor.dispose();
      }
    }
  return best;
}

async function checkProduct(y: Tensor, n: number, name: string): Promise<void> {
  const wrong = (await y.read()).find((value) => value !== n);
  if (wrong !== undefined) throw new Error(`${name} gives ${wrong} where ${n} is right: no ceiling can be measured`);
}

async function copyCeiling(engine: Engine, options: Options): Promise<number> {
  const wanted = engine.adapter.software ? COPY_BYTES.software : COPY_BYTES.gpu;
  const bytes = Math.min(wanted, engine.maxBindingBytes);
  const elements = Math.floor(bytes / 16) * 4;
  using x = engine.zeros([elements]);
  using y = engine.empty([elements]);
  const run = () => engine.run(copyKernel, { x: x.range, y: y.range }, { n: elements / 4 });
  const { minMs } = await measure(engine, run, options);
  return (8 * elements) / minMs / 1e6;
}

// Forward convolution against its two gradients, for shapes of VGG16 and ResNet50: GFLOP/s of each variant that fits.
//   node bench/run.mjs LANE bench/conv-backward.ts [--large] [--naive] [SHAPE]
// SHAPE is part of a shape's name. Naive variants and VGG16's largest shapes take minutes on a software adapter.
// The count of operations is that of the forward pass for all three: each gradient multiplies and adds as often.
import { type AnyKernel, allKernels, conv2d, Engine, Tape } from "../src/index.ts";
import type { Bench } from "./host.ts";
import { type Measured, measure } from "./measure.ts";
import { noise } from "./noise.ts";

interface Shape {
  readonly name: string;
  /** [h, w, channels in, channels out, window, stride] */
  readonly geometry: readonly [number, number, number, number, number, number];
  readonly large?: boolean;
}

const shapes: Shape[] = [
  { name: "VGG16 block1_conv1", geometry: [224, 224, 3, 64, 3, 1] },
  { name: "VGG16 block1_conv2", geometry: [224, 224, 64, 64, 3, 1], large: true },
  { name: "VGG16 block3_conv2", geometry: [56, 56, 256, 256, 3, 1], large: true },
  { name: "VGG16 block5_conv2", geometry: [14, 14, 512, 512, 3, 1] },
  { name: "ResNet50 conv1", geometry: [224, 224, 3, 64, 7, 2] },
  { name: "ResNet50 conv2, 3x3", geometry: [56, 56, 64, 64, 3, 1] },
  { name: "ResNet50 conv3, 1x1 stride 2", geometry: [56, 56, 256, 128, 1, 2] },
  { name: "ResNet50 conv4, 3x3", geometry: [14, 14, 256, 256, 3, 1] },
  { name: "ResNet50 conv5, 1x1", geometry: [7, 7, 512, 2048, 1, 1] },
];

/** What is measured: a kernel, and the passes that run it. */
const parts = ["conv2d", "conv2d-input-vjp", "conv2d-filter-vjp"] as const;
type Part = (typeof parts)[number];
const titles: Record<Part, string> = {
  conv2d: "forward",
  "conv2d-input-vjp": "input gradient",
  "conv2d-filter-vjp": "filter gradient",
};

interface Row extends Measured {
  readonly part: Part;
  readonly variant: string;
  readonly chosen: boolean;
}

/** Submissions of which the fastest counts. */
const RUNS = 5;

export const bench: Bench = async (args, { lane, print }) => {
  const flags = new Set(args.filter((arg) => arg.startsWith("--")));
  const [wanted = ""] = args.filter((arg) => !flags.has(arg));
  for (const flag of flags)
    if (!["--large", "--naive"].includes(flag)) throw new RangeError(`${flag} is not --large or --naive`);
  using engine = await Engine.create();
  print(`${lane}: ${engine.adapter.name}; least time of ${RUNS} runs; * is what the engine chooses`);
  for (const shape of shapes) {
    if ((shape.large && !flags.has("--large")) || !shape.name.includes(wanted)) continue;
    const rows = await measureShape(engine, shape, flags.has("--naive"));
    for (const line of table(shape, rows)) print(line);
  }
};

async function measureShape(engine: Engine, { geometry }: Shape, naive: boolean): Promise<Row[]> {
  const [h, w, c, oc, k, stride] = geometry;
  using x = engine.tensor(noise(h * w * c), [1, h, w, c]);
  using weights = engine.tensor(noise(k * k * c * oc), [k, k, c, oc]);
  using tape = new Tape(engine);
  const forward = () => conv2d(x, weights, undefined, { stride, padding: "same" });
  const y = tape.run(forward);
  using seed = engine.tensor(noise(y.size), y.shape);
  const bodies: Record<Part, () => unknown> = {
    conv2d: forward,
    "conv2d-input-vjp": () => tape.backward(y, { seed, wrt: [x] }),
    "conv2d-filter-vjp": () => tape.backward(y, { seed, wrt: [weights] }),
  };
  const flops = 2 * y.size * k * k * c;
  const rows: Row[] = [];
  for (const part of parts)
    for (const [i, variant] of variantsFor(engine, part, { body: bodies[part], naive }).entries()) {
      engine.variants.set(part, variant);
      const measured = await measure(engine, bodies[part], { runs: RUNS, flops });
      engine.variants.delete(part);
      rows.push({ ...measured, part, variant, chosen: i === 0 });
    }
  return rows;
}

/** The variants that fit, the engine's choice first. */
function variantsFor(engine: Engine, part: Part, { body, naive }: { body: () => unknown; naive: boolean }): string[] {
  const kernel = allKernels().find(({ name }) => name === part);
  if (!kernel) throw new RangeError(`no kernel ${part}`);
  const uniforms = uniformsOf(engine, kernel, body);
  const fits = (variant: string) => kernel.variants[variant]?.fits?.(uniforms, engine.adapter) ?? true;
  return Object.keys(kernel.variants).filter((variant) => fits(variant) && (naive || variant !== "naive"));
}

/** The scalars of the first dispatch of a kernel. */
function uniformsOf(engine: Engine, kernel: AnyKernel, body: () => unknown): Readonly<Record<string, number>> {
  const { runtime } = engine;
  const original = runtime.dispatch.bind(runtime) as (...args: unknown[]) => void;
  let found: Readonly<Record<string, number>> = {};
  runtime.dispatch = (dispatched, buffers, uniforms, variant) => {
    if (dispatched.name === kernel.name) found = uniforms;
    original(dispatched, buffers, uniforms, variant);
  };
  engine.scope(() => void body());
  Reflect.deleteProperty(runtime, "dispatch"); // the prototype's shows again
  return found;
}

function table({ name, geometry }: Shape, rows: readonly Row[]): string[] {
  const [h, w, c, oc, k, stride] = geometry;
  const forward = rows.find(({ part }) => part === "conv2d")?.elapsedMs ?? Number.NaN;
  const lines = rows.map(({ part, variant, chosen, elapsedMs, gflops }) => {
    const title = `${titles[part].padEnd(17)}${(variant + (chosen ? " *" : "")).padEnd(14)}`;
    const ratio = part === "conv2d" || !chosen ? "" : `  ${(elapsedMs / forward).toFixed(2)}x the forward time`;
    return `  ${title}${elapsedMs.toFixed(2).padStart(9)} ms${gflops.toFixed(2).padStart(9)} GFLOP/s${ratio}`;
  });
  return ["", `${name}: ${h}x${w}x${c} -> ${oc}, ${k}x${k} / ${stride}`, ...lines];
}

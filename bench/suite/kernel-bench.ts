// Times kernels, variant by variant, each checked before.
import { allKernels, type Engine, Tape, type Tensor, type TypedData } from "../../src/index.ts";
import { dispatchesOf } from "../../test/ops/watch.ts";
import { sizeOf } from "../../test/reference/array.ts";
import { BenchFailure } from "../failure.ts";
import { noise } from "../noise.ts";
import type { Ceilings, KernelRow } from "./document.ts";
import type { KernelCase, KernelEntry } from "./kernel-case.ts";
import { type Expected, errorOf, expectedOf } from "./kernel-check.ts";
import type { KernelShape } from "./shape.ts";
import { measure, ratesOf } from "./timing.ts";

/** One size of one kernel that is to be measured. */
export interface KernelJob {
  readonly name: string;
  readonly entry: KernelEntry;
  readonly shape: KernelShape;
  readonly batch: number;
}

export interface KernelOptions {
  /** "chosen" (what the engine takes by itself), "all", or a variant's name. */
  readonly variant: string;
  readonly budgetMs: number;
  readonly ceilings: Ceilings;
}

/** Measures one size. Variants that do not fit it are left out.
 * @throws BenchFailure for a variant that the kernel does not have */
export async function benchKernel(engine: Engine, job: KernelJob, options: KernelOptions): Promise<KernelRow[]> {
  using subject = new Subject(engine, job);
  const candidates = candidatesOf(job, options.variant, subject);
  const naive = await subject.readWith("naive");
  const rows: KernelRow[] = [];
  for (const candidate of candidates) {
    const result = candidate.pin === "naive" ? naive : await subject.readWith(candidate.pin);
    const error = errorOf(result, subject.expected, naive);
    const timing = await subject.pinned(candidate.pin, () =>
      measure(engine, () => subject.run(), { clock: options.ceilings.clock, budgetMs: options.budgetMs }),
    );
    const { flops, elements } = subject.work;
    rows.push({
      kernel: job.name,
      shape: job.shape.text,
      batch: job.batch,
      variant: candidate.name,
      chosen: candidate.chosen,
      dispatches: candidate.dispatches,
      correct: error <= 1,
      error,
      ...timing,
      ...ratesOf({ flops, bytes: 4 * elements, ms: timing.medianMs }, options.ceilings),
    });
  }
  return rows;
}

interface Candidate {
  readonly name: string;
  /** Undefined leaves the choice to the engine. */
  readonly pin: string | undefined;
  readonly chosen: boolean;
  readonly dispatches: readonly string[];
}

/** The variants to be measured, the engine's choice first. A pinned one that does not fit is passed over by the engine,
 * and so by this. */
function candidatesOf({ entry, name }: KernelJob, wanted: string, subject: Subject): Candidate[] {
  const { kernels, ways = [] } = entry;
  const own = subject.dispatchesWith(undefined);
  const candidates = variantNames(entry).flatMap((pin): Candidate[] => {
    const dispatches = subject.dispatchesWith(pin);
    const direct = dispatches.filter((dispatch) => kernels.some((kernel) => dispatch.startsWith(`${kernel}/`)));
    const ran = ways.includes(pin) ? direct.length === 0 : direct.some((dispatch) => dispatch.endsWith(`/${pin}`));
    return ran ? [{ name: pin, pin, chosen: dispatches.join() === own.join(), dispatches }] : [];
  });
  const choice = candidates.find(({ chosen }) => chosen) ?? {
    name: "chosen",
    pin: undefined,
    chosen: true,
    dispatches: own,
  };
  if (wanted === "chosen") return [choice];
  if (wanted === "all") return [choice, ...candidates.filter((one) => one !== choice)];
  if (!variantNames(entry).includes(wanted))
    throw new BenchFailure(
      `--variant ${wanted}: ${name} has ${variantNames(entry).join(", ")}; "all" and "chosen" may be said too.`,
    );
  return candidates.filter((one) => one.name === wanted);
}

/** Names of the variants of an entry's kernels, and of its ways. */
function variantNames({ kernels, ways = [] }: KernelEntry): string[] {
  const found = allKernels().filter(({ name }) => kernels.includes(name));
  return [...new Set([...ways, ...found.flatMap(({ variants }) => Object.keys(variants))])];
}

/** A case with its tensors. */
class Subject {
  readonly #engine: Engine;
  readonly #case: KernelCase;
  readonly #kernels: readonly string[];
  readonly #tape: Tape;
  readonly #tensors: Record<string, Tensor> = {};
  readonly #y: Tensor;
  readonly #seed: Tensor | undefined;
  /** What is right at some places of the result. */
  readonly expected: Expected;

  constructor(engine: Engine, { entry, shape, batch }: KernelJob) {
    this.#engine = engine;
    this.#case = entry.make(shape, batch);
    this.#kernels = entry.kernels;
    const { inputs, positive = [], wrt } = this.#case;
    const values: Record<string, TypedData> = {};
    for (const [i, [name, extents]] of Object.entries(inputs).entries()) {
      const numbers = noise(sizeOf(extents), 1 + i * 0x10001);
      values[name] = positive.includes(name) ? numbers.map((value) => value + 1.5) : numbers;
      this.#tensors[name] = engine.tensor(values[name], extents);
    }
    // the engine's choice is then that of a forward pass and of training
    this.#tape = new Tape(engine, { fast: true });
    this.#y = this.#tape.run(() => this.#case.run(this.#tensors));
    if (wrt) {
      values.dy = noise(this.#y.size, 0x20003);
      this.#seed = engine.tensor(values.dy, this.#y.shape);
    }
    this.expected = expectedOf(this.#case, values, this.#y.shape);
  }

  get work(): Pick<KernelCase, "flops" | "elements"> {
    return this.#case;
  }

  /** Computes the result once, by whatever is pinned. */
  run(): Tensor {
    const wrt = this.#tensors[this.#case.wrt ?? ""];
    if (!wrt || !this.#seed) return this.#case.run(this.#tensors);
    const [gradient] = this.#tape.backward(this.#y, { seed: this.#seed, wrt: [wrt] });
    if (!gradient) throw new Error("the walk back gave no gradient");
    return gradient;
  }

  /** What `body` gives while a variant is pinned, or none. */
  async pinned<T>(pin: string | undefined, body: () => T | Promise<T>): Promise<T> {
    this.#pin(pin);
    try {
      return await body();
    } finally {
      this.#pin(undefined);
    }
  }

  /** "kernel/variant" of every dispatch; nothing is computed. */
  dispatchesWith(pin: string | undefined): string[] {
    const { runtime } = this.#engine;
    this.#pin(pin);
    const { dispatches } = dispatchesOf(this.#engine, () =>
      runtime.compileAhead(() => this.#engine.scope(() => void this.run())),
    );
    this.#pin(undefined);
    return dispatches.map(({ kernel, variant }) => `${kernel.name}/${variant}`);
  }

  async readWith(pin: string | undefined): Promise<TypedData> {
    return await this.pinned(pin, async () => {
      using result = this.run();
      return await result.read();
    });
  }

  dispose(): void {
    this.#tape.dispose();
    this.#seed?.dispose();
    for (const tensor of Object.values(this.#tensors)) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #pin(variant: string | undefined): void {
    for (const kernel of this.#kernels)
      if (variant === undefined) this.#engine.variants.delete(kernel);
      else this.#engine.variants.set(kernel, variant);
  }
}

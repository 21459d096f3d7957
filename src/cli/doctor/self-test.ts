// Runs every variant of every kernel on the engine's adapter and compares with numbers computed without it.
import {
  type AnyKernel,
  allKernels,
  backwardRules,
  type Engine,
  KernelCompileError,
  Tape,
  type Tensor,
  type TypedData,
} from "../../index.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { type Check, valuesOf } from "./check.ts";
import { checks as allChecks } from "./checks.ts";
import { type Direct, directChecks } from "./direct-checks.ts";
import { differentiate, type Scalars, scalar } from "./scalar.ts";

export interface VariantResult {
  readonly variant: string;
  /** "other adapters": its shapes were met, but it is meant for another kind of adapter. */
  readonly status: "ok" | "failed" | "other adapters";
  /** Greatest difference, by the greatest magnitude of the right answer; undefined where nothing was computed. */
  readonly maxError: number | undefined;
  /** What failed. */
  readonly problem?: string;
}

export interface KernelResult {
  readonly kernel: string;
  readonly ok: boolean;
  readonly maxError: number | undefined;
  readonly variants: readonly VariantResult[];
}

/** Some hundred float32 operations, or one exp or log as WGSL allows it to be, stay well below. */
const tolerance = 1e-5;

interface Dispatch {
  readonly kernel: AnyKernel;
  readonly variant: string;
  readonly uniforms: Readonly<Record<string, number>>;
}

interface Finding {
  maxError: number;
  problem?: string;
}

/** One array that a check computes: its result, or the gradient at one of its inputs. */
interface Question {
  readonly check: Check;
  /** "y" or the name of an input. */
  readonly of: string;
  readonly expected: readonly number[];
}

export interface SelfTestOptions {
  readonly checks?: readonly Check[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** Checks all kernels. A kernel or a variant that no check reaches has failed. */
export async function selfTest(engine: Engine, options: SelfTestOptions = {}): Promise<KernelResult[]> {
  const { checks = allChecks, onProgress } = options;
  const log = new Log(engine);
  for (const [done, check] of checks.entries()) {
    onProgress?.(done, checks.length);
    for (const question of questionsOf(check)) await answerAll(log, question);
  }
  for (const direct of directChecks) await answerDirect(log, direct);
  onProgress?.(checks.length, checks.length);
  return allKernels().map((kernel) => log.resultOf(kernel));
}

/** What ran, and how wrong it was. */
class Log {
  readonly engine: Engine;
  readonly #findings = new Map<string, Finding>();
  readonly #met = new Map<string, Dispatch["uniforms"][]>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  note(kernel: string, variant: string, { maxError, problem }: Finding): void {
    const key = `${kernel}/${variant}`;
    const before = this.#findings.get(key);
    const found = before?.problem ?? problem;
    this.#findings.set(key, {
      maxError: Math.max(before?.maxError ?? 0, maxError),
      ...(found === undefined ? {} : { problem: found }),
    });
  }

  meet({ kernel, uniforms }: Dispatch): void {
    this.#met.set(kernel.name, [...(this.#met.get(kernel.name) ?? []), uniforms]);
  }

  resultOf(kernel: AnyKernel): KernelResult {
    const variants = Object.keys(kernel.variants).map((variant) => this.#variant(kernel, variant));
    const errors = variants.flatMap(({ maxError }) => maxError ?? []);
    const maxError = errors.length > 0 ? Math.max(...errors) : undefined;
    return { kernel: kernel.name, ok: variants.every(({ status }) => status !== "failed"), maxError, variants };
  }

  #variant(kernel: AnyKernel, variant: string): VariantResult {
    const found = this.#findings.get(`${kernel.name}/${variant}`);
    if (found) return { variant, status: found.problem === undefined ? "ok" : "failed", ...found };
    const other = { software: !this.engine.adapter.software };
    const isForOthers = this.#met.get(kernel.name)?.some((u) => fits(kernel, variant, { u, adapter: other }));
    if (isForOthers) return { variant, status: "other adapters", maxError: undefined };
    return { variant, status: "failed", maxError: undefined, problem: "no check reaches it" };
  }
}

function fits(
  kernel: AnyKernel,
  variant: string,
  { u, adapter }: { u: Dispatch["uniforms"]; adapter: { software: boolean } },
): boolean {
  const found = kernel.variants[variant];
  return found !== undefined && (found.fits?.(u, adapter) ?? true);
}

function questionsOf(check: Check): Question[] {
  const inputs: Record<string, Scalars> = Object.fromEntries(
    Object.entries(check.inputs).map(([name, shape]) => {
      return [name, { shape, items: Array.from(valuesOf(name, sizeOf(shape)), (value) => scalar(value)) }];
    }),
  );
  const ys = check.known(inputs);
  differentiate(ys, [...valuesOf("seed", ys.length)]);
  return [
    { check, of: "y", expected: ys.map(({ value }) => value) },
    ...check.wrt.map((of) => ({ check, of, expected: (inputs[of]?.items ?? []).map(({ gradient }) => gradient) })),
  ];
}

/** With every kernel naive first, then once for each other variant that fits what was dispatched. */
async function answerAll(log: Log, question: Question): Promise<void> {
  const { engine } = log;
  const first = await answer(engine, question, {});
  for (const dispatch of first.dispatches) log.meet(dispatch);
  const kernels = new Map(first.dispatches.map(({ kernel }) => [kernel.name, kernel]));
  for (const kernel of kernels.values()) {
    log.note(kernel.name, "naive", first.finding);
    const uniforms = first.dispatches.filter((one) => one.kernel === kernel).map((one) => one.uniforms);
    for (const variant of Object.keys(kernel.variants)) {
      if (variant === "naive") continue;
      if (!uniforms.some((u) => fits(kernel, variant, { u, adapter: engine.adapter }))) continue;
      const { dispatches, finding } = await answer(engine, question, { [kernel.name]: variant });
      // only what was seen to run counts
      const ran = dispatches.some((one) => one.kernel === kernel && one.variant === variant);
      if (ran) log.note(kernel.name, variant, finding);
    }
  }
}

/** Computes what the question asks for, with the pinned variants and all other kernels naive.
 * @returns the dispatches that led to the array itself: for a gradient, those of the walk back */
async function answer(
  engine: Engine,
  { check, of, expected }: Question,
  pins: Readonly<Record<string, string>>,
): Promise<{ finding: Finding; dispatches: Dispatch[] }> {
  for (const { name } of allKernels()) engine.variants.set(name, pins[name] ?? check.pins[name] ?? "naive");
  const watch = watchDispatches(engine);
  const tensors: Record<string, Tensor> = {};
  const results: Tensor[] = [];
  const tape = new Tape(engine);
  try {
    for (const [name, shape] of Object.entries(check.inputs))
      tensors[name] = engine.tensor(valuesOf(name, sizeOf(shape)), shape);
    const y = engine.scope(() => tape.run(() => check.run(tensors)));
    const at = tensors[of];
    if (at) {
      watch.dispatches.length = 0;
      const seed = engine.tensor(valuesOf("seed", y.size), y.shape);
      results.push(seed, ...tape.backward(y, { seed, wrt: [at], rules: backwardRules[check.rule] }));
    }
    const finding = await compare(results.at(-1) ?? y, expected, at ? `${check.what}: d${of}` : check.what);
    return { finding, dispatches: watch.dispatches };
  } finally {
    watch.stop();
    tape.dispose();
    for (const tensor of [...results, ...Object.values(tensors)]) tensor.dispose();
    engine.variants.clear();
  }
}

async function compare(tensor: Tensor, expected: readonly number[], what: string): Promise<Finding> {
  try {
    return difference(await tensor.read(), expected, what);
  } catch (error) {
    if (!(error instanceof KernelCompileError)) throw error;
    const [reason = ""] = error.message.split("\n");
    return { maxError: Number.POSITIVE_INFINITY, problem: reason };
  }
}

function difference(got: TypedData, expected: readonly number[], what: string): Finding {
  if (got.length !== expected.length)
    return { maxError: Number.POSITIVE_INFINITY, problem: `${what}: ${got.length} values, not ${expected.length}` };
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const errors = expected.map((value, i) => Math.abs((got[i] ?? Number.NaN) - value) / scale);
  const worst = errors.findIndex((error) => !(error <= tolerance));
  const maxError = errors.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(0, ...errors);
  if (worst < 0) return { maxError };
  return { maxError, problem: `${what}: element ${worst} is ${got[worst]}, not ${expected[worst]}` };
}

/** Lists what the runtime dispatches, until it is stopped. */
function watchDispatches({ runtime }: Engine): { dispatches: Dispatch[]; stop: () => void } {
  const dispatches: Dispatch[] = [];
  const before = Object.getOwnPropertyDescriptor(runtime, "dispatch");
  const original = runtime.dispatch.bind(runtime);
  runtime.dispatch = (kernel, buffers, uniforms, variant) => {
    const erased = allKernels().find(({ name }) => name === kernel.name);
    if (erased) dispatches.push({ kernel: erased, variant, uniforms });
    original(kernel, buffers, uniforms, variant);
  };
  return {
    dispatches,
    stop: () => {
      if (before) Object.defineProperty(runtime, "dispatch", before);
      else Reflect.deleteProperty(runtime, "dispatch"); // the prototype's shows again
    },
  };
}

/** Kernels that no operation uses: the engine's own, dispatched by hand. */
async function answerDirect(log: Log, { kernel: name, uniforms, buffers, result, expected }: Direct): Promise<void> {
  const { engine } = log;
  const kernel = allKernels().find((one) => one.name === name);
  if (!kernel) return;
  const tensors = Object.entries(buffers).map(([binding, values]) => {
    return [binding, engine.tensor(values, [values.length])] as const;
  });
  try {
    for (const variant of Object.keys(kernel.variants)) {
      const ranges = Object.fromEntries(tensors.map(([binding, { range }]) => [binding, range]));
      engine.runtime.dispatch(kernel, ranges, uniforms, variant);
      const found = tensors.find(([binding]) => binding === result)?.[1];
      if (found) log.note(name, variant, await compare(found, expected, name));
    }
  } finally {
    for (const [, tensor] of tensors) tensor.dispose();
  }
}

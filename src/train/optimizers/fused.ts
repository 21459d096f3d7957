import { ShapeError, WeightsFormatError } from "../../errors.ts";
import { accumulateKernel, sumOfSquaresKernel } from "../../kernels/optimizer.ts";
import { sumKernel } from "../../kernels/reduction.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import type { Engine } from "../../tensor/engine.ts";
import { sameShape, showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Schedule } from "../schedules.ts";
import { FlatSegments, type Segment } from "./flat-segments.ts";
import { checkNumber } from "./numbers.ts";
import type { Optimizer, OptimizerOptions, OptimizerState } from "./optimizer.ts";

/** What tells one optimiser from another. */
export interface UpdateRule {
  readonly name: string;
  /** Keras' names of the arrays that it keeps per parameter, in the order in which its kernel finds them. */
  readonly slots: readonly string[];
  readonly learningRate: number | Schedule;
  /** Encodes its kernel over one segment. */
  readonly encode: (engine: Engine, buffers: UpdateBuffers, scalars: UpdateScalars) => void;
}

/** What every update kernel binds. */
export type UpdateBuffers = Readonly<Record<"dw" | "squares" | "w" | "slots", BufferRange>>;

/** What every update kernel is told. */
export interface UpdateScalars {
  readonly n: number;
  /** The learning rate. */
  readonly rate: number;
  readonly decay: number;
  readonly clip: number;
  /** Updates before this one. */
  readonly step: number;
}

/** Elements to one part of a sum of squares, and the most parts of one segment: enough to fill a GPU. */
const PART_ELEMENTS = 16_384;
const MOST_PARTS = 1024;

/** An optimiser whose kernel updates all parameters laid end to end. */
export class FusedOptimizer implements Optimizer {
  readonly parameters: readonly Tensor[];
  readonly #rule: UpdateRule;
  readonly #learningRate: number | Schedule;
  readonly #clip: number;
  readonly #weightDecay: number;
  readonly #engine: Engine;
  readonly #flat: FlatSegments;
  /** Sums of squares: of all gradients together, and of parts of them. */
  readonly #squares: Tensor;
  readonly #parts: Tensor;
  #step = 0;
  #accumulated = false;

  /** @throws ShapeError for parameters or options that it cannot take */
  constructor(parameters: readonly Tensor[], rule: UpdateRule, options: OptimizerOptions) {
    const { learningRate = rule.learningRate, clipNorm, weightDecay = 0 } = options;
    this.#learningRate = learningRate;
    if (clipNorm !== undefined) checkNumber(`${rule.name}: clipNorm`, clipNorm, { above: 0 });
    this.#clip = clipNorm ?? 0;
    this.#weightDecay = checkNumber(`${rule.name}: weightDecay`, weightDecay, { least: 0 });
    this.#rule = rule;
    this.parameters = [...parameters];
    this.#engine = checkParameters(rule.name, parameters);
    this.learningRate; // complains now rather than at the first step
    this.#flat = new FlatSegments(this.#engine, parameters, rule.slots.length);
    const parts = this.#flat.segments.reduce((sum, segment) => sum + partsOf(segment), 0);
    this.#squares = this.#engine.keep(this.#engine.zeros([1]));
    this.#parts = this.#engine.keep(this.#engine.empty([parts]));
  }

  get name(): string {
    return this.#rule.name;
  }

  get squaredNorm(): Tensor {
    return this.#squares;
  }

  get step(): number {
    return this.#step;
  }

  get learningRate(): number {
    const rate = this.#learningRate;
    return checkNumber(`${this.name}: learningRate`, typeof rate === "number" ? rate : rate(this.#step), { least: 0 });
  }

  accumulate(gradients: readonly Tensor[], weight = 1): void {
    checkNumber(`${this.name}: weight`, weight, {});
    this.#checkGradients(gradients);
    this.#flat.gather(gradients, "w");
    const first = this.#accumulated ? 0 : 1;
    for (const { n, w, dw } of this.#flat.segments)
      this.#engine.run(accumulateKernel, { x: w.range, sum: dw.range }, { n, weight, first });
    this.#accumulated = true;
  }

  update(gradients?: readonly Tensor[]): void {
    const rate = this.learningRate;
    if (gradients && this.#accumulated) this.accumulate(gradients);
    else if (gradients) {
      this.#checkGradients(gradients);
      this.#flat.gather(gradients, "dw");
    } else if (!this.#accumulated)
      throw new ShapeError(`${this.name}: update() without gradients, and none were accumulated: pass some`);
    this.#flat.gather(this.parameters, "w");
    this.#sumSquares();
    const scalars = { rate, decay: rate * this.#weightDecay, clip: this.#clip, step: this.#step };
    const squares = this.#squares.range;
    for (const { n, dw, w, slots } of this.#flat.segments) {
      const buffers = { dw: dw.range, squares, w: w.range, slots: slots.range };
      this.#rule.encode(this.#engine, buffers, { ...scalars, n });
    }
    this.#flat.scatter(this.parameters);
    this.#step++;
    this.#accumulated = false;
  }

  async state(): Promise<OptimizerState> {
    const { name, step } = this;
    const slots = Object.fromEntries(this.#slotSizes().map(([key, size]) => [key, new Float32Array(size)]));
    await this.#flat.readSlots((values, { slot, parameter, from }) => {
      slots[this.#slotKey(slot, parameter)]?.set(values, from);
    });
    return { name, step, slots };
  }

  restore(state: OptimizerState): void {
    this.#checkState(state);
    this.#flat.writeSlots(
      (slot, parameter) => state.slots[this.#slotKey(slot, parameter)] ?? new Float32Array(0), // checked above
    );
    this.#step = state.step;
    this.#accumulated = false;
  }

  dispose(): void {
    this.#flat.dispose();
    this.#squares.dispose();
    this.#parts.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Leaves in #squares the sum of squares of all gradients. */
  #sumSquares(): void {
    const [y, engine] = [this.#parts.range, this.#engine];
    let at = 0;
    for (const segment of this.#flat.segments) {
      const parts = partsOf(segment);
      engine.run(sumOfSquaresKernel, { x: segment.dw.range, y }, { n: segment.n, parts, at });
      at += parts;
    }
    engine.run(sumKernel, { x: y, y: this.#squares.range }, { outer: 1, R: at, inner: 1, factor: 1 });
  }

  #slotKey(slot: number, parameter: number): string {
    return `${this.#rule.slots[slot]}/${parameter}`;
  }

  #slotSizes(): [key: string, size: number][] {
    return this.parameters.flatMap(({ size }, parameter) =>
      this.#rule.slots.map((_, slot): [string, number] => [this.#slotKey(slot, parameter), size]),
    );
  }

  #checkGradients(gradients: readonly Tensor[]): void {
    const [got, wanted] = [gradients.length, this.parameters.length];
    if (got !== wanted)
      throw new ShapeError(
        `${this.name}: ${got} gradients for ${wanted} parameters; give one for each, in their order`,
      );
    for (const [i, { shape, dtype }] of gradients.entries()) {
      const expected = this.parameters[i]?.shape ?? [];
      if (dtype !== "float32" || !sameShape(shape, expected))
        throw new ShapeError(
          `${this.name}: gradient ${i} is ${dtype} ${showShape(shape)}, its parameter float32 ${showShape(expected)}; ` +
            "give the gradients in the parameters' order",
        );
    }
  }

  #checkState({ name, step, slots }: OptimizerState): void {
    const advice = "Make the optimiser and the model as they were when the state was saved.";
    if (name !== this.name)
      throw new WeightsFormatError(`the state is that of ${name}, this optimiser is ${this.name}. ${advice}`);
    if (!(Number.isSafeInteger(step) && step >= 0))
      throw new WeightsFormatError(`${name}: the state's step is ${step}; it wants a whole number from 0 on`);
    const wanted = new Map(this.#slotSizes());
    const wrong = [...new Set([...wanted.keys(), ...Object.keys(slots)])].find(
      (key) => slots[key]?.length !== wanted.get(key),
    );
    if (wrong === undefined) return;
    const show = (size: number | undefined) => (size === undefined ? "none" : `${size} values`);
    throw new WeightsFormatError(
      `${name}: the state has ${show(slots[wrong]?.length)} for "${wrong}", ` +
        `this optimiser wants ${show(wanted.get(wrong))}. ${advice}`,
    );
  }
}

function partsOf({ n }: Segment): number {
  return Math.min(MOST_PARTS, Math.ceil(n / PART_ELEMENTS));
}

/** @returns the parameters' engine */
function checkParameters(name: string, parameters: readonly Tensor[]): Engine {
  const [first] = parameters;
  if (!first) throw new ShapeError(`${name}: there are no parameters to train; is every layer frozen?`);
  const odd = parameters.find(({ dtype }) => dtype !== "float32");
  if (odd) throw new ShapeError(`${name}: parameter ${showShape(odd.shape)} is ${odd.dtype}, it wants float32`);
  if (parameters.some(({ engine }) => engine !== first.engine))
    throw new ShapeError(`${name}: the parameters are on different engines; make all of them on one`);
  if (new Set(parameters.map(({ storage }) => storage)).size < parameters.length)
    throw new ShapeError(`${name}: one parameter is given twice; give each once, with the sum of its gradients`);
  return first.engine;
}

import { ShapeError, UnsupportedLayerError } from "../../errors.ts";
import { type BuiltLayer, chain, type LayerShape, type Step } from "../layer.ts";
import { identityStep } from "../layers/identity.ts";
import { type Argument, type Operation, showArgument } from "./argument.ts";

export interface TensorOperand {
  readonly kind: "tensor";
  readonly index: number;
  readonly shape: LayerShape;
}

export interface ArrayOperand {
  readonly kind: "array";
  readonly values: readonly number[];
  /** Without any axis for a single number. */
  readonly shape: readonly number[];
}

export type Operand = TensorOperand | ArrayOperand;

/** The names that TensorFlow and Keras have for the first argument of their functions. */
const firstNames = [
  "x",
  "x1",
  "a",
  "input",
  "input_tensor",
  "features",
  "logits",
  "value",
  "values",
  "tensor",
  "t",
  "images",
  "image",
  "input_",
  "xs",
  "arrays",
  "inputs",
];

/** One operation with the shapes it is called on. It remembers which arguments were read: `finish` refuses the rest. */
export class OperationCall {
  readonly name: string;
  readonly #operation: Operation;
  readonly #shapes: readonly LayerShape[];
  readonly #layer: string;
  readonly #read = new Set<string | number>();

  constructor(operation: Operation, layer: string, shapes: readonly LayerShape[]) {
    this.name = operation.name;
    this.#operation = operation;
    this.#shapes = shapes;
    this.#layer = layer;
  }

  /** `tf.math.add "tf.math.add_3"`, the beginning of most messages. */
  get title(): string {
    return `${this.name} "${this.#layer}"`;
  }

  /** An argument by its place or one of its names; undefined where it is not given, or null. */
  argument(place: number | undefined, ...names: readonly string[]): Argument | undefined {
    const keys = [...(place === undefined ? [] : [place]), ...names];
    for (const key of keys) this.#read.add(key);
    const values = keys.map((key) =>
      typeof key === "number" ? this.#operation.positional[key] : this.#operation.named.get(key),
    );
    return values.find((value) => value !== undefined && value !== null);
  }

  /** Whether a named argument is null, where that is another thing than left out. */
  isNull(name: string): boolean {
    return this.#operation.named.get(name) === null;
  }

  /** The tensor that the operation works on. */
  tensor(): TensorOperand {
    const given = this.argument(0, ...firstNames);
    const argument =
      typeof given === "object" && given?.kind === "list" && given.items.length === 1 ? given.items[0] : given;
    const operand = argument === undefined ? undefined : this.operandOf(argument);
    if (operand?.kind !== "tensor") this.unsupported(`its first argument is ${showArgument(given)}, not one tensor`);
    return operand;
  }

  /** The tensors that the operation joins. */
  tensors(): TensorOperand[] {
    const given = this.argument(0, ...firstNames);
    const items =
      typeof given === "object" && given?.kind === "list" ? given.items : given === undefined ? [] : [given];
    return items.map((item) => {
      const operand = this.operandOf(item);
      if (operand.kind !== "tensor") this.unsupported(`it joins tensors with ${showArgument(item)}`);
      return operand;
    });
  }

  /** The first of two operands. */
  first(): Operand {
    return this.#operand(this.argument(0, ...firstNames));
  }

  /** The second of two operands. */
  second(): Operand {
    return this.#operand(this.argument(1, "y", "x2", "b", "bias"));
  }

  /** Numbers, in one list or nested ones. */
  array(place: number | undefined, ...names: readonly string[]): ArrayOperand | undefined {
    const argument = this.argument(place, ...names);
    const operand = argument === undefined ? undefined : this.operandOf(argument);
    if (operand?.kind === "tensor") this.unsupported(`${names[0]} is a tensor`);
    return operand;
  }

  number(names: readonly string[], { place, otherwise }: { place?: number; otherwise?: number } = {}): number {
    const value = this.argument(place, ...names) ?? otherwise;
    if (typeof value !== "number") this.unsupported(`${names[0]} = ${showArgument(value)} is no number`);
    return value;
  }

  flag(names: readonly string[], { place, otherwise }: { place?: number; otherwise: boolean }): boolean {
    const value = this.argument(place, ...names) ?? otherwise;
    if (typeof value !== "boolean") this.unsupported(`${names[0]} = ${showArgument(value)} is neither true nor false`);
    return value;
  }

  /** An option of which one value alone is computed. */
  expect(names: readonly string[], wanted: readonly (Argument | undefined)[], place?: number): void {
    const value = this.argument(place, ...names);
    if (!wanted.includes(value)) this.unsupported(`${names[0]} = ${showArgument(value)}`);
  }

  /** Whole numbers, one or several. */
  wholes(value: Argument | undefined, what: string): number[] {
    const list = typeof value === "object" && value?.kind === "list" ? value.items : [value];
    return list.map((item) =>
      typeof item === "number" && Number.isSafeInteger(item)
        ? item
        : this.unsupported(`${what} = ${showArgument(value)}; whole numbers are wanted`),
    );
  }

  /** An axis counted from the front; never the batch's. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (counted === 0) this.unsupported("it works along the batch");
    if (counted < 0 || counted >= rank)
      throw new ShapeError(`${this.title}: a shape of ${rank} axes has no axis ${axis}`);
    return counted;
  }

  operandOf(argument: Argument): Operand {
    if (typeof argument === "number") return { kind: "array", values: [argument], shape: [] };
    if (typeof argument !== "object" || argument === null)
      this.unsupported(`it computes with ${showArgument(argument)}`);
    if (argument.kind === "tensor") {
      const { index } = argument;
      return { kind: "tensor", index, shape: this.#shapes[index] ?? [] };
    }
    if (argument.kind !== "list") this.unsupported(`it computes with ${showArgument(argument)}`);
    return this.#array(argument.items);
  }

  #operand(argument: Argument | undefined): Operand {
    if (argument === undefined) this.unsupported("an argument is missing");
    return this.operandOf(argument);
  }

  #array(items: readonly Argument[]): ArrayOperand {
    const parts = items.map((item) => this.operandOf(item));
    const [first] = parts;
    const even = parts.every((part) => part.kind === "array" && String(part.shape) === String(first?.shape));
    if (!first || !even) this.unsupported("it computes with lists that are no array of numbers");
    const values: number[] = [];
    for (const part of parts) if (part.kind === "array") for (const value of part.values) values.push(value);
    return { kind: "array", values, shape: [parts.length, ...first.shape.map((extent) => extent ?? 0)] };
  }

  /** Refuses arguments that no row of the table read. */
  finish(): void {
    const { positional, named } = this.#operation;
    const left = [...positional.map((value, i) => [i, value] as const), ...named].find(
      ([key, value]) => value !== null && !this.#read.has(key),
    );
    if (left) this.unsupported(`argument ${left[0]} = ${showArgument(left[1])} is not known to this version`);
  }

  /** @throws UnsupportedLayerError always */
  unsupported(why: string): never {
    throw new UnsupportedLayerError(`${this.title}: ${why}, which is not supported. ${wayOut(this.#layer)}`);
  }
}

/** What to do about an operation that is not computed. */
export function wayOut(layer: string): string {
  return (
    `Tell what it computes with loadModel(source, { layers: { ${JSON.stringify(layer)}: { call: ([x]) => ... } } }), ` +
    "or build the model in Keras with a layer in its place."
  );
}

/** Steps on one of the call's tensors. */
export function stepsOn(x: TensorOperand, outputShape: LayerShape, steps: readonly Step[]): BuiltLayer {
  return {
    weights: [],
    outputShape,
    call(inputs, _weights, label) {
      const tensor = inputs[x.index];
      if (!tensor) throw new ShapeError(`${label}: input ${x.index} is missing`);
      return chain(tensor, label, steps.length > 0 ? steps : [identityStep]);
    },
  };
}

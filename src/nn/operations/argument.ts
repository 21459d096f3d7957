import { asObject, isWhole, type JsonObject, property, refuse, showJson } from "../untrusted.ts";

/** What an operation is called on, as a file says it, with the tensors taken out. */
export type Argument = null | boolean | number | string | Tensor | List | Slice | Ellipsis | Unknown;

/** The tensor of that place among the call's sources. */
interface Tensor {
  readonly kind: "tensor";
  readonly index: number;
}

export interface List {
  readonly kind: "list";
  readonly items: readonly Argument[];
}

/** `start:stop:step` */
export interface Slice {
  readonly kind: "slice";
  readonly bounds: readonly [start: Argument, stop: Argument, step: Argument];
}

interface Ellipsis {
  readonly kind: "ellipsis";
}

/** An object that means nothing here: the operation that is asked for it says so. */
interface Unknown {
  readonly kind: "unknown";
  readonly shown: string;
}

/** A plain operation in the place of a layer. */
export interface Operation {
  /** `tf.math.truediv`, `tf.raw_ops.Mul`, `keras.ops.TrueDivide`: what messages call it, and what the table has. */
  readonly name: string;
  readonly positional: readonly Argument[];
  readonly named: ReadonlyMap<string, Argument>;
}

export type Arguments = Pick<Operation, "positional" | "named">;

const mostValues = 65_536;
const deepest = 8;

/** Recognises a tensor among the values, and puts it away: gives its place, or undefined for any other value. */
export type TakeTensor = (value: unknown, path: string) => number | undefined;

/** Turns JSON into arguments; constants are bounded in number and depth. */
export class ArgumentReader {
  readonly #take: TakeTensor;
  #left = mostValues;

  constructor(take: TakeTensor) {
    this.#take = take;
  }

  /** @throws WeightsFormatError for too many values, or too deep ones */
  read(value: unknown, path: string, depth = 0): Argument {
    this.#left--;
    if (this.#left < 0 || depth > deepest)
      refuse(path, value, `at most ${mostValues} constants, nested at most ${deepest} deep,`);
    const index = this.#take(value, path);
    if (index !== undefined) return { kind: "tensor", index };
    if (value === null || value === undefined) return null;
    if (typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number")
      return Number.isFinite(value) ? value : refuse(path, String(value), "a finite number");
    if (Array.isArray(value))
      return { kind: "list", items: value.map((item, i) => this.read(item, `${path}[${i}]`, depth + 1)) };
    return this.#object(asObject(value, path), path, depth);
  }

  /** All entries of an object but `name`, which is a label. */
  named(value: unknown, path: string): [string, Argument][] {
    const object = asObject(value ?? {}, path);
    return Object.keys(object)
      .filter((key) => key !== "name")
      .map((key) => [key, this.read(object[key], `${path}.${key}`)]);
  }

  #object(value: JsonObject, path: string, depth: number): Argument {
    const className = property(value, "class_name");
    const config = property(value, "config");
    if (className === "__ellipsis__") return { kind: "ellipsis" };
    if (className === "__slice__") return this.#slice(asObject(config, `${path}.config`), path, depth);
    if (className === "__tensor__" || className === "__numpy__")
      return this.read(property(asObject(config, `${path}.config`), "value"), `${path}.config.value`, depth + 1);
    if (className === undefined && Object.hasOwn(value, "step")) return this.#slice(value, path, depth);
    return { kind: "unknown", shown: showJson(value) };
  }

  #slice(value: JsonObject, path: string, depth: number): Slice {
    const bound = (key: string) => this.read(property(value, key), `${path}.${key}`, depth + 1);
    return { kind: "slice", bounds: [bound("start"), bound("stop"), bound("step")] };
  }
}

/** An argument as an error message shows it. */
export function showArgument(argument: Argument | undefined): string {
  if (typeof argument !== "object" || argument === null) return showJson(argument);
  if (argument.kind === "unknown") return argument.shown;
  return argument.kind === "list" ? showJson(argument.items) : `a ${argument.kind}`;
}

/** Keras' `["layer name", call, output]` among the arguments. */
export function isReference(value: unknown): value is readonly [string, number, number] {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    typeof value[0] === "string" &&
    isWhole(value[1], 0) &&
    isWhole(value[2], 0)
  );
}

import { WeightsFormatError } from "../src/errors.ts";
import { isObject, isWhole, type JsonObject, property, showJson } from "../src/nn/untrusted.ts";
import type { Evaluation, Sums } from "../src/train/evaluate.ts";
import type { EpochRecord, Position, Snapshot } from "../src/train/fit.ts";

/** All of a snapshot but its arrays. */
export interface Progress {
  readonly trainer: { readonly step: number; readonly optimizer: { readonly name: string; readonly step: number } };
  readonly position: Position;
  readonly history: readonly EpochRecord[];
  readonly best?: { readonly epoch: number; readonly loss: number };
}

/** As JSON; what is not finite, which JSON has no word for, becomes a text. */
export function progressOf({ trainer, position, history, best }: Snapshot): string {
  const { name, step } = trainer.optimizer;
  const progress: Progress = {
    trainer: { step: trainer.step, optimizer: { name, step } },
    position,
    history,
    ...(best ? { best: { epoch: best.epoch, loss: best.loss } } : {}),
  };
  return JSON.stringify(progress, (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
}

/** @throws WeightsFormatError naming the file and what is wrong in it */
export function readProgress(json: unknown, file: string): Progress {
  const root = new Entry(json, { path: "progress", file });
  const trainer = root.at("trainer");
  const optimizer = trainer.at("optimizer");
  const best = root.maybe("best");
  return {
    trainer: {
      step: trainer.whole("step"),
      optimizer: { name: optimizer.text("name"), step: optimizer.whole("step") },
    },
    position: positionOf(root.at("position")),
    history: root.list("history").map(recordOf),
    ...(best ? { best: { epoch: best.whole("epoch"), loss: best.number("loss") } } : {}),
  };
}

function positionOf(entry: Entry): Position {
  return { epoch: entry.whole("epoch"), batch: entry.whole("batch"), sums: sumsOf(entry.at("sums")) };
}

function sumsOf(entry: Entry): Sums {
  return {
    examples: entry.whole("examples"),
    lossSum: entry.number("lossSum"),
    correct: entry.has("correct") ? entry.whole("correct") : undefined,
  };
}

function recordOf(entry: Entry): EpochRecord {
  const validation = entry.maybe("validation");
  return {
    epoch: entry.whole("epoch"),
    ...evaluationOf(entry),
    ...(validation ? { validation: evaluationOf(validation) } : {}),
    seconds: entry.number("seconds"),
  };
}

function evaluationOf(entry: Entry): Evaluation {
  return {
    examples: entry.whole("examples"),
    loss: entry.number("loss"),
    accuracy: entry.has("accuracy") ? entry.number("accuracy") : undefined,
  };
}

interface Place {
  readonly path: string;
  readonly file: string;
}

/** An object of a file that may come from anywhere. */
class Entry {
  readonly #object: JsonObject;
  readonly #place: Place;

  constructor(value: unknown, place: Place) {
    this.#place = place;
    this.#object = isObject(value) ? value : this.#refuse("", value, "an object");
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  at(key: string): Entry {
    return new Entry(property(this.#object, key), this.#inside(key));
  }

  maybe(key: string): Entry | undefined {
    return this.has(key) ? this.at(key) : undefined;
  }

  list(key: string): Entry[] {
    const value = property(this.#object, key);
    if (!Array.isArray(value)) return this.#refuse(`.${key}`, value, "a list");
    return value.map((one, i) => new Entry(one, this.#inside(`${key}[${i}]`)));
  }

  whole(key: string): number {
    const value = property(this.#object, key);
    return isWhole(value, 0) ? value : this.#refuse(`.${key}`, value, "a whole number of at least 0");
  }

  number(key: string): number {
    const value = property(this.#object, key);
    if (typeof value === "number") return value;
    const special = ["NaN", "Infinity", "-Infinity"].find((text) => text === value);
    return special === undefined ? this.#refuse(`.${key}`, value, "a number") : Number(special);
  }

  text(key: string): string {
    const value = property(this.#object, key);
    return typeof value === "string" ? value : this.#refuse(`.${key}`, value, "a text");
  }

  #inside(key: string): Place {
    return { ...this.#place, path: `${this.#place.path}.${key}` };
  }

  #refuse(key: string, got: unknown, wanted: string): never {
    const { file, path } = this.#place;
    throw new WeightsFormatError(`${file}: ${path}${key} is ${showJson(got)}; ${wanted} is wanted.`);
  }
}

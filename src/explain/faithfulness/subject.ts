// The picture that a metric changes, and the network's scores of what became of it.
import { argMax, oneHot } from "../../autograd/ops/reduce.ts";
import { ShapeError } from "../../errors.ts";
import { nhwc } from "../../tensor/shape.ts";
import { type PassOptions, scored } from "../methods/versions.ts";
import { assertClasses } from "../pooling-head.ts";
import type { Recording } from "../recording.ts";
import type { Target } from "../targets.ts";
import type { Samples } from "./baseline.ts";

/** What metrics of a score take. */
export interface ScoreOptions extends PassOptions {
  /** The score that is watched: the probability of the most likely class of the unchanged picture unless given. */
  readonly target?: Target | undefined;
}

/** The probability of the class that the network finds most likely; of a network without softmax or sigmoid at its end,
 * its output. */
export function topProbability(): Target {
  return {
    name: "probability of the most likely class",
    of: ({ logits, probs }) => {
      assertClasses(logits);
      return { y: probs, seed: oneHot(argMax(logits), logits.shape.at(-1) ?? 1) };
    },
  };
}

/** What a metric needs of a `Run`. */
export interface Recorded {
  readonly recording: Recording;
}

/** The one picture of a run, on the CPU, and the scalar that is asked of its versions. */
export class Subject implements Samples {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly #recording: Recording;
  readonly #target: Target;

  private constructor(recording: Recording, target: Target, values: Float32Array) {
    const [, height, width, channels] = nhwc(recording.input.shape, "faithfulness");
    [this.width, this.height, this.channels, this.values] = [width, height, channels, values];
    this.#recording = recording;
    this.#target = target;
  }

  /** @throws ShapeError for a run of several pictures */
  static async of({ recording }: Recorded, target: Target): Promise<Subject> {
    assertOnePicture(recording);
    const values = await recording.read([recording.input], ([x]) => Float32Array.from(x ?? []));
    return new Subject(recording, target, values);
  }

  /** Scores versions of the picture, each [height, width, channels], which are made as they are needed.
   * @param options.count how many there are
   * @throws ShapeError for a `batch` that is no whole number of at least 1; the signal's reason; what the target
   * throws */
  async score(versions: Iterable<Float32Array>, options: PassOptions & { readonly count: number }): Promise<number[]> {
    const all: number[] = [];
    for await (const score of this.scores(versions, options)) all.push(score);
    return all;
  }

  /** As `score`, one after the other as they come. */
  async *scores(
    versions: Iterable<Float32Array>,
    options: PassOptions & { readonly count: number },
  ): AsyncGenerator<number> {
    const { values, height, width, channels } = this;
    const next = versions[Symbol.iterator]();
    const make = (_start: number, count: number) => {
      const joined = new Float32Array(count * values.length);
      for (let i = 0; i < count; i++) joined.set(next.next().value ?? values, i * values.length);
      return this.#recording.engine.tensor(joined, [count, height, width, channels]);
    };
    const question = { run: this.#recording, targets: [this.#target] };
    const all = { from: this.#recording.input, count: options.count, make };
    for await (const { start, count, score } of scored(question, all, options))
      for (let version = start; version < start + count; version++) yield score(0, version);
  }
}

/** @throws ShapeError for a run of several pictures */
export function assertOnePicture({ pictures }: Recording): void {
  if (pictures !== 1)
    throw new ShapeError(
      `faithfulness: the run has ${pictures} pictures; its measures take one at a time: explain() each by itself.`,
    );
}

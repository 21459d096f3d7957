import type { Tape } from "../autograd/tape.ts";
import type { Model } from "../nn/model.ts";
import type { Outputs } from "../nn/outputs.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { InputWalks } from "./input-walks.ts";
import { assertClasses } from "./pooling-head.ts";
import { type Answer, answerOf, type Question, questionOf, type TargetOptions } from "./question.ts";
import type { Recording } from "./recording.ts";
import type { Target } from "./targets.ts";
import type { Prediction } from "./types.ts";

/** What a `Run` is before its methods: a recording, what it predicts, and how questions become answers. */
export class RecordedRun<Many extends boolean> {
  readonly recording: Recording;
  readonly #many: Many;
  readonly #owned: Tensor | undefined;
  protected readonly walks = new InputWalks();
  /** What is explained unless a method is told otherwise. */
  readonly #target: Target | undefined;

  /** @param recorded.owned  freed with the run
   *  @param recorded.target explained unless a method is told otherwise; the logit of the most likely class unless given */
  constructor(recorded: { recording: Recording; many: Many; owned?: Tensor; target?: Target | undefined }) {
    this.recording = recorded.recording;
    this.#target = recorded.target;
    this.#many = recorded.many;
    this.#owned = recorded.owned;
  }

  get model(): Model {
    return this.recording.model;
  }

  get tape(): Tape {
    return this.recording.tape;
  }

  /** [n, h, w, c] */
  get input(): Tensor {
    return this.recording.input;
  }

  get outputs(): Outputs {
    return this.recording.outputs;
  }

  /** The most likely classes, best first.
   * @param count how many; all where the model has fewer
   * @throws ShapeError for a model whose output is not [n, classes] */
  async predictions(count = 5): Promise<Answer<Many, Prediction[], object>> {
    const { logits, probs } = this.outputs;
    assertClasses(logits);
    const { pictures } = this.recording;
    const classes = logits.size / pictures;
    const rows = await this.recording.read([logits, probs], ([scores, likelihoods]) =>
      Array.from({ length: pictures }, (_, i) => {
        const part = [i * classes, (i + 1) * classes] as const;
        return this.#ranked(scores?.subarray(...part) ?? [], likelihoods?.subarray(...part) ?? []).slice(0, count);
      }),
    );
    return this.answer(rows, {});
  }

  #ranked(scores: ArrayLike<number>, likelihoods: ArrayLike<number>): Prediction[] {
    const order = Array.from(likelihoods, (_, i) => i);
    order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
    return order.map((index) => {
      const label = this.model.classNames?.[index];
      const numbers = { index, probability: likelihoods[index] ?? 0, logit: scores[index] ?? 0 };
      return label === undefined ? numbers : { ...numbers, label };
    });
  }

  /** Layers that a map can be made of, in the order of the forward pass: four axes, more than one position, upstream of
   * the logits. */
  layers(): string[] {
    return this.recording.layers();
  }

  /** Frees the recording. Results already asked for stay. */
  dispose(): void {
    this.recording.begin();
    this.tape.dispose();
    this.#owned?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  protected question(options: TargetOptions | undefined): Question {
    return questionOf(this.recording, { ...options, target: options?.target ?? this.#target });
  }

  protected answer<T, O extends TargetOptions>(rows: readonly T[], options: O | undefined): Answer<Many, T, O> {
    const { pictures } = this.recording;
    return answerOf(rows, { pictures, many: this.#many, options: options ?? ({} as O) });
  }
}

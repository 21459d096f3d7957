import { concat } from "../autograd/ops/layout.ts";
import type { RuleName } from "../autograd/rules.ts";
import type { Tape } from "../autograd/tape.ts";
import { ShapeError, UnknownNameError } from "../errors.ts";
import type { Image } from "../image/types.ts";
import type { Model } from "../nn/model.ts";
import { showShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { HeatMap } from "./heat-map.ts";
import { cam } from "./methods/cam.ts";
import { counterfactual, gradCam, gradCamSweep } from "./methods/grad-cam.ts";
import { inputGradient } from "./methods/gradient.ts";
import { guidedBy } from "./methods/guided-cam.ts";
import { type ModelInputOptions, modelInput } from "./model-input.ts";
import { assertClasses, type Outputs } from "./outputs.ts";
import type { PixelMap } from "./pixel-map.ts";
import { type Answer, answerOf, type Question, questionOf, type TargetOptions } from "./question.ts";
import { type LayerChoice, Recording } from "./recording.ts";
import type { Prediction } from "./types.ts";

/** What is asked for as a class activation map. */
export interface MapOptions extends TargetOptions {
  /** The layer whose maps are weighed: any name it goes by, a label of the tape ("block1_conv1/conv2d", before the
   * activation), a pattern, or a node of `run.tape`. Its output must be [n, h, w, k] with more than one position, else
   * ShapeError; a name that does not exist is refused with UnknownNameError. The last of `Run.layers()` unless given; CAM
   * takes no other than `Run.camLayer()`. The result's provenance says which it was. */
  readonly layer?: LayerChoice | undefined;
}

/** One picture: as it is, or as the model takes it, [1, h, w, c]. */
export type Picture = Image | Tensor;

/** Records one forward pass of a picture, or of a list of pictures at once; every question to the result walks back over
 * that one recording.
 * @param pictures made the model's input by `modelInput`, and freed with the run; a tensor [1, h, w, c], preprocessed for
 *        the model, stays the caller's and must live as long as the run
 * @throws ShapeError if a picture does not fit the model or a tensor is a batch; WeightsFormatError if weights are missing;
 *         what `modelInput` throws */
export function explain<const P extends Picture | readonly Picture[]>(
  model: Model,
  pictures: P,
  options: ModelInputOptions = {},
): Run<P extends readonly Picture[] ? true : false> {
  const many = Array.isArray(pictures);
  const list = (many ? pictures : [pictures]) as readonly Picture[];
  const { x, owned } = inputOf(model, list, options);
  try {
    return new Run({ recording: Recording.of(model, x), many: many as never, ...(owned ? { owned } : {}) });
  } catch (error) {
    owned?.dispose();
    throw error;
  }
}

function inputOf(
  model: Model,
  pictures: readonly Picture[],
  options: ModelInputOptions,
): { x: Tensor; owned?: Tensor | undefined } {
  const [first] = pictures;
  if (!first) throw new ShapeError("explain: no pictures were given");
  for (const one of pictures)
    if (one instanceof Tensor && one.shape[0] !== 1)
      throw new ShapeError(
        `explain: x is ${showShape(one.shape)}; one picture each, [1, h, w, c], is explained: give a list of them`,
      );
  if (pictures.length === 1 && first instanceof Tensor) return { x: first };
  const joined = model.engine.scope(() => {
    const tensors = pictures.map((one) => (one instanceof Tensor ? one : modelInput(model, one, options)));
    return tensors.length === 1 && tensors[0] ? tensors[0] : concat(tensors, 0);
  });
  const owned = model.engine.keep(joined);
  return { x: owned, owned };
}

/** One recorded forward pass and the questions one can ask of it. Each method encodes its work at once; all results
 * awaited together (`await Promise.all([...])`) come with one submission and one read-back. What cannot be answered
 * rejects the promise: no method that returns one throws.
 *
 * For a run of one picture a method gives its result; for a run of several, a list with a result for each. Where `target`
 * is a list, a result is a list too, with one for each target. */
export class Run<Many extends boolean = false> {
  readonly recording: Recording;
  readonly #many: Many;
  readonly #owned: Tensor | undefined;
  /** Gradients at the input that were asked for, by rule; methods share a walk back for the same target objects. */
  readonly #walks = new Map<RuleName, { targets: Question["targets"]; walk: Promise<PixelMap[]> }[]>();

  /** @param recorded.owned freed with the run */
  constructor(recorded: { recording: Recording; many: Many; owned?: Tensor }) {
    this.recording = recorded.recording;
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
    return this.#answer(rows, {});
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

  /** Class activation map: the features before global pooling, weighed by the classifier's weights of the class.
   * @throws NotDefinedError for a network without a pooling head; UnknownNameError for another layer than `camLayer()`
   * @see    Zhou et al. 2016, eq. 2: M_c = sum_k w_k^c A_k; the bias is ignored and there is no ReLU */
  async cam<const O extends MapOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    const { features, layer } = this.recording.poolingHead();
    const asked = options?.layer;
    if (asked !== undefined && this.recording.spatialNode(asked).output !== features)
      throw new UnknownNameError(
        `cam: its layer is "${layer}", the one before global pooling; not "${nameOf(asked)}". Use gradCam() for other layers.`,
      );
    return this.#answer(await cam(this.#question(options)), options);
  }

  /** Name of the one layer that `cam()` can weigh. Only the recording is looked at: nothing runs on the GPU.
   * @throws NotDefinedError for a network without a pooling head */
  camLayer(): string {
    return this.recording.poolingHead().layer;
  }

  /** Gradient-weighted class activation map; HeatMap's `relu` applies the ReLU of eq. 2.
   * @param options.counterfactual weighs by minus the gradient: evidence against the class
   * @throws UnknownNameError, ShapeError as `MapOptions` says
   * @see    Selvaraju et al. 2017, eq. 1 and 2 */
  async gradCam<const O extends MapOptions & { readonly counterfactual?: boolean }>(
    options?: O,
  ): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    const method = options?.counterfactual ? counterfactual : gradCam;
    return this.#answer(await method(this.#question(options), node), options);
  }

  /** Gradient of the target at the input. Its three pictures are `map.saliency("absolute")`, `"positive"` and
   * `"negative"` of the result.
   * @see Simonyan et al. 2014, section 3 */
  async saliency<const O extends TargetOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    return this.#answer(await this.#pixels(this.#question(options), "saliency", "gradient"), options);
  }

  /** Deconvnet: only positive cotangents pass a ReLU.
   * @see Zeiler and Fergus 2014 */
  async deconvnet<const O extends TargetOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    return this.#answer(await this.#pixels(this.#question(options), "deconvnet", "deconvnet"), options);
  }

  /** Guided backpropagation: only positive cotangents pass a ReLU, and only where it was open.
   * @see Springenberg et al. 2015 */
  async guidedBackprop<const O extends TargetOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    return this.#answer(await this.#pixels(this.#question(options), "guided", "guided"), options);
  }

  /** Guided backprop times the Grad-CAM, rectified and resized to the input.
   * @throws UnknownNameError, ShapeError as `MapOptions` says
   * @see    Selvaraju et al. 2017, section 3.2 */
  async guidedGradCam<const O extends MapOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    const node = this.recording.spatialNode(options?.layer); // refused before half of the work is under way
    const question = this.#question(options);
    const both = [this.#pixels(question, "guided", "guided"), gradCam(question, node)] as const;
    const [guided, maps] = await Promise.all(both);
    return this.#answer(
      guided.flatMap((one, row) => (maps[row] ? [guidedBy(one, maps[row])] : [])),
      options,
    );
  }

  /** Grad-CAM at every layer with spatial extent, in the order of the forward pass, from one walk back. */
  async sweep<const O extends TargetOptions>(options?: O): Promise<Answer<Many, HeatMap[], O>> {
    const nodes = this.layers().map((label) => this.recording.spatialNode(label));
    const question = this.#question(options);
    const layers = await gradCamSweep(question, nodes);
    const rows = Array.from({ length: question.targets.length * this.recording.pictures }, (_, row) =>
      layers.flatMap((maps) => maps[row] ?? []),
    );
    return this.#answer(rows, options);
  }

  /** Layers that a map can be made of, in the order of the forward pass: four axes, more than one position, upstream of
   * the logits. */
  layers(): string[] {
    return this.recording.layers();
  }

  /** Frees the recording. Results already read stay. */
  dispose(): void {
    this.tape.dispose();
    this.#owned?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #question(options: TargetOptions | undefined): Question {
    return questionOf(this.recording, options ?? {});
  }

  #answer<T, O extends TargetOptions>(rows: readonly T[], options: O | undefined): Answer<Many, T, O> {
    const { pictures } = this.recording;
    return answerOf(rows, { pictures, many: this.#many, options: options ?? ({} as O) });
  }

  /** Guided backprop and Guided Grad-CAM of the same target objects take one walk back. */
  #pixels(question: Question, method: string, rule: RuleName): Promise<PixelMap[]> {
    const walks = this.#walks.get(rule) ?? [];
    this.#walks.set(rule, walks);
    const { targets } = question;
    const same = walks.find(
      (one) => one.targets.length === targets.length && one.targets.every((t, i) => t === targets[i]),
    );
    if (same) return same.walk;
    const walk = inputGradient(question, method, rule);
    walks.push({ targets, walk });
    return walk;
  }
}

function nameOf(layer: LayerChoice): string {
  return typeof layer === "object" && "label" in layer ? layer.label : String(layer);
}

import { mul, scale } from "../autograd/ops/arithmetic.ts";
import { mean, sum } from "../autograd/ops/reduce.ts";
import { backwardRules, type RuleName } from "../autograd/rules.ts";
import { Tape, type TapeNode } from "../autograd/tape.ts";
import { ShapeError, UnknownNameError } from "../errors.ts";
import { resizeMap } from "../image/resize-map.ts";
import type { Model } from "../nn/model.ts";
import { nhwc, showShape } from "../tensor/shape.ts";
import type { Tensor, TypedData } from "../tensor/tensor.ts";
import { HeatMap, rectified } from "./heat-map.ts";
import { assertClasses, findOutputs, findPoolingHead, type Outputs, type PoolingHead } from "./outputs.ts";
import { PixelMap } from "./pixel-map.ts";
import { ReadBatch } from "./read-batch.ts";
import { type Scalar, type Target, type TargetContext, topClass } from "./targets.ts";
import type { Prediction, Provenance } from "./types.ts";

/** What is asked of a recorded forward pass. */
export interface TargetOptions {
  /** The number that is explained; the logit of the most likely class, `topClass()`, unless given. A class outside the
   * model's is refused with UnknownNameError. */
  readonly target?: Target;
}

/** What is asked for as a class activation map. */
export interface MapOptions extends TargetOptions {
  /** The layer whose maps are weighed, by any name it goes by, or a label of the tape ("block1_conv1/conv2d", before the
   * activation). Its output must be [1, h, w, k] with more than one position, else ShapeError; a name that does not exist
   * is refused with UnknownNameError. The last of `Run.layers()` unless given; CAM takes no other than `Run.camLayer()`. */
  readonly layer?: string;
}

/** Records one forward pass of a picture; every question to the result walks back over that one recording.
 * @param x [1, h, w, c], preprocessed for the model; it stays the caller's and must live as long as the run
 * @throws ShapeError if x does not fit the model or is a batch of several pictures; WeightsFormatError if weights are
 *         missing */
export function explain(model: Model, x: Tensor): Run {
  if (x.shape[0] !== 1)
    throw new ShapeError(`explain: x is ${showShape(x.shape)}; one picture at a time, [1, h, w, c], is explained`);
  const tape = new Tape(model.engine);
  try {
    const output = model.forward(x, { tape });
    return new Run({ model, tape, x, output });
  } catch (error) {
    tape.dispose();
    throw error;
  }
}

/** One recorded forward pass and the questions one can ask of it. Each method encodes its work at once; all results
 * awaited together (`await Promise.all([...])`) come with one submission and one read-back. What cannot be answered
 * rejects the promise: no method that returns one throws. */
export class Run {
  readonly model: Model;
  readonly tape: Tape;
  readonly input: Tensor;
  readonly outputs: Outputs;
  readonly #reads: ReadBatch;
  /** Gradients at the input that were asked for, by target and rule. */
  readonly #walks = new Map<Target | undefined, Map<RuleName, Promise<PixelMap>>>();

  constructor(recorded: { model: Model; tape: Tape; x: Tensor; output: Tensor }) {
    this.model = recorded.model;
    this.tape = recorded.tape;
    this.input = recorded.x;
    this.outputs = findOutputs(recorded.tape, recorded.output);
    this.#reads = new ReadBatch(recorded.model.engine);
  }

  /** The most likely classes, best first.
   * @param count how many; all where the model has fewer
   * @throws ShapeError for a model whose output is not [1, classes] */
  async predictions(count = 5): Promise<Prediction[]> {
    const { logits, probs } = this.outputs;
    assertClasses(logits);
    return this.#reads.add([logits, probs], ([scores, likelihoods]) => {
      const order = Array.from(likelihoods ?? [], (_, i) => i);
      order.sort((a, b) => (scores?.[b] ?? 0) - (scores?.[a] ?? 0) || a - b);
      return order.slice(0, count).map((index) => {
        const label = this.model.classNames?.[index];
        const numbers = { index, probability: likelihoods?.[index] ?? 0, logit: scores?.[index] ?? 0 };
        return label === undefined ? numbers : { ...numbers, label };
      });
    });
  }

  /** Class activation map: the features before global pooling, weighed by the classifier's weights of the class.
   * @throws NotDefinedError for a network without a pooling head; UnknownNameError for another layer than `camLayer()`
   * @see    Zhou et al. 2016, eq. 2: M_c = sum_k w_k^c A_k; the bias is ignored and there is no ReLU */
  async cam(options: MapOptions = {}): Promise<HeatMap> {
    const { features, pooled, layer } = this.#poolingHead();
    if (options.layer !== undefined && this.#layerNode(options.layer).output !== features)
      throw new UnknownNameError(
        `cam: its layer is "${layer}", the one before global pooling; not "${options.layer}". Use gradCam() for other layers.`,
      );
    return this.#encode(() => {
      const { scalar, name } = this.#scalar(options.target);
      // the cotangent of the pooled features is the row of classifier weights of the class: w = W seed
      const [weights] = this.#backward(scalar, [pooled]);
      const alpha = weights?.withShape([1, 1, 1, features.shape[3] ?? 1]);
      if (!alpha) throw new ShapeError("cam: no gradient at the pooled features");
      return this.#heatMap(features, alpha, { method: "cam", layer, target: name, rule: "gradient" });
    });
  }

  /** Name of the one layer that `cam()` can weigh. Only the recording is looked at: nothing runs on the GPU.
   * @throws NotDefinedError for a network without a pooling head */
  camLayer(): string {
    return this.#poolingHead().layer;
  }

  /** Gradient-weighted class activation map; HeatMap's `relu` applies the ReLU of eq. 2.
   * @param options.counterfactual weighs by minus the gradient: evidence against the class
   * @throws UnknownNameError, ShapeError as `MapOptions` says
   * @see    Selvaraju et al. 2017, eq. 1 and 2 */
  async gradCam(options: MapOptions & { readonly counterfactual?: boolean } = {}): Promise<HeatMap> {
    const node = this.#layerNode(options.layer);
    return this.#encode(() => {
      const { scalar, name } = this.#scalar(options.target);
      const [dA] = this.#backward(scalar, [node.output]);
      const method = options.counterfactual ? "counterfactual" : "gradcam";
      const provenance = { method, layer: node.label, target: name, rule: "gradient" };
      return this.#heatMap(node.output, this.#alpha(dA, options.counterfactual ?? false), provenance);
    });
  }

  /** Gradient of the target at the input. Its three pictures are `map.saliency("absolute")`, `"positive"` and
   * `"negative"` of the result.
   * @see Simonyan et al. 2014, section 3 */
  async saliency(options: TargetOptions = {}): Promise<PixelMap> {
    return this.#pixels({ method: "saliency", rule: "gradient", target: options.target });
  }

  /** Deconvnet: only positive cotangents pass a ReLU.
   * @see Zeiler and Fergus 2014 */
  async deconvnet(options: TargetOptions = {}): Promise<PixelMap> {
    return this.#pixels({ method: "deconvnet", rule: "deconvnet", target: options.target });
  }

  /** Guided backpropagation: only positive cotangents pass a ReLU, and only where it was open.
   * @see Springenberg et al. 2015 */
  async guidedBackprop(options: TargetOptions = {}): Promise<PixelMap> {
    return this.#pixels({ method: "guided", rule: "guided", target: options.target });
  }

  /** Guided backprop times the Grad-CAM, rectified and resized to the input.
   * @throws UnknownNameError, ShapeError as `MapOptions` says
   * @see    Selvaraju et al. 2017, section 3.2 */
  async guidedGradCam(options: MapOptions = {}): Promise<PixelMap> {
    this.#layerNode(options.layer); // refused before half of the work is under way
    const [guided, map] = await Promise.all([this.guidedBackprop(options), this.gradCam(options)]);
    const { width, height, channels, order } = guided;
    const weights = resizeMap(rectified(map.raw), { width, height, method: "half-pixel" }).data;
    const values = guided.values.map((value, i) => value * (weights[Math.floor(i / channels)] ?? 0));
    const { layer = "" } = map.provenance;
    const provenance = { ...guided.provenance, method: "guided-gradcam", layer };
    return new PixelMap(values, { width, height, channels, order, provenance });
  }

  /** Grad-CAM at every layer with spatial extent, in the order of the forward pass, from one walk back. */
  async sweep(options: TargetOptions = {}): Promise<HeatMap[]> {
    const nodes = this.layers().map((label) => this.#layerNode(label));
    return this.#encode(() => {
      const { scalar, name } = this.#scalar(options.target);
      const outputs = nodes.map((node) => node.output);
      const gradients = this.#backward(scalar, outputs);
      const maps = nodes.map(({ output, label }, i) => {
        const provenance = { method: "gradcam", layer: label, target: name, rule: "gradient" };
        return this.#heatMap(output, this.#alpha(gradients[i], false), provenance);
      });
      return {
        tensors: maps.flatMap(({ tensors }) => tensors),
        finish: (data: TypedData[]) => maps.map(({ finish }, i) => finish(data.slice(2 * i, 2 * i + 2))),
      };
    });
  }

  /** Layers that a map can be made of, in the order of the forward pass: four axes, more than one position, upstream of
   * the logits. */
  layers(): string[] {
    const named = new Set(this.model.layers.map((layer) => layer.name));
    const spatial = this.tape.nodes.filter((node) => named.has(node.label) && isSpatial(node.output));
    return [...new Set(spatial.map((node) => node.label))];
  }

  /** Frees the recording. Results already read stay. */
  dispose(): void {
    this.tape.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #poolingHead(): PoolingHead {
    return findPoolingHead(this.tape, this.outputs.logits, this.model.name);
  }

  #layerNode(layer: string | undefined): TapeNode {
    if (layer !== undefined) {
      const node = this.tape.node(this.#tapeName(layer));
      if (isSpatial(node.output)) return node;
      throw new ShapeError(
        `layer "${node.label}" gives ${showShape(node.output.shape)}, which has no height and width to map. ` +
          `Take one before it: ${this.layers().slice(-3).join(", ")}.`,
      );
    }
    const last = this.layers().at(-1);
    if (last === undefined) throw new ShapeError(`${this.model.name} has no layer with height and width to map`);
    return this.tape.node(last);
  }

  /** A layer by any name it goes by; a label of the tape that is no layer ("block1_conv1/conv2d") stands for itself. */
  #tapeName(layer: string): string {
    const isLabel = this.tape.nodes.some((node) => node.label === layer);
    return isLabel ? layer : this.model.layer(layer).name;
  }

  #scalar(target: Target = topClass()): { scalar: Scalar; name: string } {
    const activation = (layer: string) => this.tape.node(this.#tapeName(layer)).output;
    const context: TargetContext = { ...this.outputs, tape: this.tape, activation };
    return { scalar: target.of(context), name: target.name };
  }

  #backward(scalar: Scalar, wrt: readonly Tensor[], rule: RuleName = "gradient"): Tensor[] {
    return this.tape.backward(scalar.y, { seed: scalar.seed, wrt, rules: backwardRules[rule] });
  }

  /** Frees everything that `body` makes but the tensors it returns, which the read-back frees. */
  #encode<T>(body: () => Encoded<T>): Promise<T> {
    const { tensors, finish } = this.model.engine.scope(body);
    for (const tensor of tensors) this.model.engine.keep(tensor);
    return this.#reads.add(tensors, finish, true);
  }

  /** alpha_k = mean of dy/dA over positions (eq. 1), [1, 1, 1, k]. */
  #alpha(dA: Tensor | undefined, negative: boolean): Tensor {
    if (!dA) throw new ShapeError("gradCam: no gradient at the layer");
    const alpha = mean(dA, { axes: [1, 2], keepDims: true });
    return negative ? scale(alpha, -1) : alpha;
  }

  #heatMap(A: Tensor, alpha: Tensor, about: Omit<Provenance, "model">): Encoded<HeatMap> {
    const [, height, width] = nhwc(A.shape, about.method);
    const provenance = { model: this.model.name, ...about };
    const finish = ([map, weights]: TypedData[]) =>
      new HeatMap({ width, height, data: Float32Array.from(map ?? []) }, Float32Array.from(weights ?? []), provenance);
    return { tensors: [weighted(A, alpha), alpha], finish };
  }

  /** Methods share a walk back: guided backprop and Guided Grad-CAM of one target object take it once. */
  #pixels(o: { method: string; rule: RuleName; target: Target | undefined }): Promise<PixelMap> {
    const walks = this.#walks.get(o.target) ?? new Map<RuleName, Promise<PixelMap>>();
    this.#walks.set(o.target, walks);
    const walk = walks.get(o.rule) ?? this.#walkToInput(o);
    walks.set(o.rule, walk);
    return walk;
  }

  #walkToInput(o: { method: string; rule: RuleName; target: Target | undefined }): Promise<PixelMap> {
    return this.#encode(() => {
      const { scalar, name } = this.#scalar(o.target);
      const tensors = this.#backward(scalar, [this.input], o.rule);
      const [, height, width, channels] = nhwc(this.input.shape, o.method);
      const order = isBgr(this.model) ? "bgr" : "rgb";
      const provenance = { model: this.model.name, method: o.method, target: name, rule: o.rule };
      const finish = ([values]: TypedData[]) =>
        new PixelMap(Float32Array.from(values ?? []), { width, height, channels, order, provenance });
      return { tensors, finish };
    });
  }
}

/** Work under way: what is to be read, in the order in which `finish` takes it. */
interface Encoded<T> {
  readonly tensors: readonly Tensor[];
  readonly finish: (data: TypedData[]) => T;
}

/** sum_k alpha_k A_k: [1, h, w, k] and [1, 1, 1, k] -> [1, h, w] */
function weighted(A: Tensor, alpha: Tensor): Tensor {
  return A.engine.scope(() => sum(mul(A, alpha), { axes: [3] }));
}

function isSpatial(tensor: Tensor): boolean {
  const [, h = 1, w = 1] = tensor.shape;
  return tensor.shape.length === 4 && h * w > 1;
}

function isBgr({ preprocessing }: Model): boolean {
  return preprocessing === "caffe" || (typeof preprocessing === "object" && preprocessing.order === "bgr");
}

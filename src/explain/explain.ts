import { concat } from "../autograd/ops/layout.ts";
import { ShapeError } from "../errors.ts";
import type { Image } from "../image/types.ts";
import type { Model } from "../nn/model.ts";
import { showShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type FlowOptions, flow } from "./flow.ts";
import type { Flow } from "./flow-table.ts";
import type { HeatMap } from "./heat-map.ts";
import { type OcclusionOptions, occlusion } from "./methods/occlusion.ts";
import { type RiseOptions, rise } from "./methods/rise.ts";
import { type ModelInputOptions, modelInput } from "./model-input.ts";
import type { Answer, TargetOptions } from "./question.ts";
import { Recording } from "./recording.ts";
import { PixelRun } from "./run-pixels.ts";

/** One picture: as it is, or as the model takes it, [1, h, w, c]. */
export type Picture = Image | Tensor;

export interface ExplainOptions extends ModelInputOptions {
  /** Convolutions may round differently from pixel to pixel, as `TapeOptions` describes: faster on some adapters, and maps
   * over plain backgrounds are then not the same to the last digit. False unless given. */
  readonly fast?: boolean;
}

/** Records one forward pass of a picture, or of a list of pictures at once; every question to the result walks back over
 * that one recording.
 * @param pictures made the model's input by `modelInput`, and freed with the run; a tensor [1, h, w, c], preprocessed for
 *        the model, stays the caller's and must live as long as the run
 * @throws ShapeError if a picture does not fit the model or a tensor is a batch; WeightsFormatError if weights are missing;
 *         what `modelInput` throws */
export function explain<const P extends Picture | readonly Picture[]>(
  model: Model,
  pictures: P,
  { fast = false, ...options }: ExplainOptions = {},
): Run<P extends readonly Picture[] ? true : false> {
  const many = Array.isArray(pictures);
  const list = (many ? pictures : [pictures]) as readonly Picture[];
  const { x, owned } = inputOf(model, list, options);
  try {
    return new Run({ recording: Recording.of(model, x, { fast }), many: many as never, ...(owned ? { owned } : {}) });
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

/** One recorded forward pass and the questions one can ask of it. Each method encodes its work by the end of the turn of the
 * event loop; all results awaited together (`await Promise.all([...])`) come with one submission and one read-back. What
 * cannot be answered rejects the promise: no method that returns one throws.
 *
 * For a run of one picture a method gives its result; for a run of several, a list with a result for each. Where `target`
 * is a list, a result is a list too, with one for each target. */
export class Run<Many extends boolean = false> extends PixelRun<Many> {
  /** Occlusion: how much the target falls where a sliding window hides the picture; `raw` has the input's size.
   * @throws ShapeError for a window, stride or fill that does not fit the picture; the reason of `signal`
   * @see    Zeiler and Fergus 2014, section 4.2 */
  async occlusion<const O extends TargetOptions & OcclusionOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    return this.answer(await occlusion(this.question(options), options), options);
  }

  /** RISE: the mean of random masks, each weighed by what the target makes of the picture under it, over their mean;
   * `raw` has the input's size. The same seed gives the same masks on every machine.
   * @throws ShapeError for numbers out of range or masks of another size than the input; the reason of `signal`
   * @see    Petsiuk et al. 2018, eq. 6 */
  async rise<const O extends TargetOptions & RiseOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    return this.answer(await rise(this.question(options), options), options);
  }

  /** How the gradient flows from the target back to a layer: size, signs and time of every cotangent between them. It
   * waits for the GPU, whose time it tells, and so does not share a submission with other methods.
   * @throws UnknownNameError for a rule or a layer that does not exist */
  async flow<const O extends FlowOptions>(options?: O): Promise<Answer<Many, Flow, O>> {
    return this.answer(await flow(this.question(options), options ?? {}), options);
  }
}

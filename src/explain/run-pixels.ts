import type { RuleOptions } from "../autograd/rules.ts";
import { inputXGradient, walkOf } from "./methods/gradient.ts";
import { type ClassMapName, classMapMethod, guidedBy } from "./methods/guided-cam.ts";
import { type IntegratedGradientsOptions, integratedGradients } from "./methods/integrated-gradients.ts";
import { type LrpOptions, lrp } from "./methods/lrp.ts";
import { type RectGradOptions, rectGrad } from "./methods/rect-grad.ts";
import { type SmoothGradOptions, smoothGrad } from "./methods/smooth-grad.ts";
import type { PixelMap } from "./pixel-map.ts";
import type { Answer, TargetOptions } from "./question.ts";
import { ClassMapRun, type MapOptions } from "./run-class-maps.ts";

/** What is asked for as a gradient. */
export interface GradientOptions extends TargetOptions, RuleOptions {}

/** The methods of a `Run` that give a value for every sample of the input. */
export class PixelRun<Many extends boolean> extends ClassMapRun<Many> {
  /** Gradient of the target at the input. Its three pictures are `map.saliency("absolute")`, `"positive"` and
   * `"negative"` of the result.
   * @see Simonyan et al. 2014, section 3 */
  async saliency<const O extends GradientOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    const walk = walkOf("saliency", "gradient", options);
    return this.answer(await this.walks.maps(this.question(options), walk), options);
  }

  /** The input times the gradient of the target at it, sample by sample.
   * @see Shrikumar et al. 2016, "Not just a black box", section 3 */
  async inputXGradient<const O extends GradientOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    const question = this.question(options);
    const gradients = this.walks.maps(question, walkOf("saliency", "gradient", options));
    return this.answer(await inputXGradient(question, gradients), options);
  }

  /** Deconvnet: only positive cotangents pass a ReLU.
   * @see Zeiler and Fergus 2014 */
  async deconvnet<const O extends GradientOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    const walk = walkOf("deconvnet", "deconvnet", options);
    return this.answer(await this.walks.maps(this.question(options), walk), options);
  }

  /** Guided backpropagation: only positive cotangents pass a ReLU, and only where it was open.
   * @see Springenberg et al. 2015 */
  async guidedBackprop<const O extends GradientOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    const walk = walkOf("guided", "guided", options);
    return this.answer(await this.walks.maps(this.question(options), walk), options);
  }

  /** RectGrad: only the units with the largest product of activation and cotangent pass a ReLU.
   * @throws ShapeError for a q outside 0..1
   * @see    Kim et al. 2019, "Why are saliency maps noisy?", section 4.1 */
  async rectGrad<const O extends TargetOptions & RectGradOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    return this.answer(await rectGrad(this.question(options), options), options);
  }

  /** Guided backprop times the Grad-CAM, rectified and resized to the input.
   * @throws UnknownNameError, ShapeError as `MapOptions` says
   * @see    Selvaraju et al. 2017, section 3.2 */
  async guidedGradCam<const O extends MapOptions & RuleOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    return this.#guided("gradcam", options);
  }

  /** Guided backprop times any class activation map of a layer, rectified and resized to the input.
   * @param options.by the map, by the name in its provenance: "gradcam", "layercam", "gradcam++" ...
   * @throws UnknownNameError, ShapeError as `MapOptions` says; UnknownNameError for another map */
  async guidedCam<const O extends MapOptions & RuleOptions & { readonly by: ClassMapName }>(
    options: O,
  ): Promise<Answer<Many, PixelMap, O>> {
    return this.#guided(options.by, options);
  }

  /** SmoothGrad: gradients at noisy versions of the picture, averaged; `kind: "squared"` averages their squares,
   * `kind: "variance"` gives VarGrad. The same seed gives the same noise on every machine.
   * @throws UnknownNameError for another kind; ShapeError for numbers out of range; the reason of `signal`
   * @see    Smilkov et al. 2017, section 3 */
  async smoothGrad<const O extends TargetOptions & SmoothGradOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    return this.answer(await smoothGrad(this.question(options), options), options);
  }

  /** Integrated gradients: the gradients on the way from a baseline to the picture, averaged, times the way. The
   * provenance's options tell how far their sum is from what the target gained on the way.
   * @throws ShapeError for a baseline that does not fit or steps out of range; the reason of `signal`
   * @see    Sundararajan et al. 2017, eq. 1 and 3 */
  async integratedGradients<const O extends TargetOptions & IntegratedGradientsOptions>(
    options?: O,
  ): Promise<Answer<Many, PixelMap, O>> {
    return this.answer(await integratedGradients(this.question(options), options), options);
  }

  /** Layer-wise relevance propagation: the target's value, shared out layer by layer to the input's samples by rules that
   * keep its sum; `composite` says which layer gets which. Batch norm is merged into the layer before it for the walk alone.
   * @throws UnknownNameError for a composite that is not known; NotDefinedError for an operation without a rule, or where a
   *         box rule asks for the range of a model without preprocessing
   * @see    Bach et al. 2015; Montavon et al. 2019 */
  async lrp<const O extends TargetOptions & LrpOptions>(options?: O): Promise<Answer<Many, PixelMap, O>> {
    return this.answer(await lrp(this.question(options), options), options);
  }

  async #guided<O extends MapOptions & RuleOptions>(
    by: ClassMapName,
    options: O | undefined,
  ): Promise<Answer<Many, PixelMap, O>> {
    const method = classMapMethod(by);
    // refused before half of the work is under way
    if (by === "cam") this.assertCamLayer(options?.layer);
    const node = this.recording.spatialNode(by === "cam" ? undefined : options?.layer);
    const question = this.question(options);
    const guiding = this.walks.maps(question, walkOf("guided", "guided", options));
    const [guided, maps] = await Promise.all([guiding, method(question, node, options)]);
    return this.answer(
      guided.flatMap((one, row) => (maps[row] ? [guidedBy(one, maps[row])] : [])),
      options,
    );
  }
}

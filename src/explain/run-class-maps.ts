import type { RuleOptions } from "../autograd/rules.ts";
import { UnknownNameError } from "../errors.ts";
import type { HeatMap } from "./heat-map.ts";
import { ablationCam } from "./methods/ablation-cam.ts";
import { cam } from "./methods/cam.ts";
import { type EigenCamOptions, eigenCam, eigenGradCam } from "./methods/eigen-cam.ts";
import { type FullGradOptions, fullGrad } from "./methods/full-grad.ts";
import { counterfactual, gradCam } from "./methods/grad-cam.ts";
import { type GradCamPlusPlusOptions, gradCamPlusPlus } from "./methods/grad-cam-plus-plus.ts";
import type { InputWatcher } from "./methods/gradient.ts";
import { hiResCam, layerCam } from "./methods/hires-cam.ts";
import { type ScoreCamOptions, scoreCam } from "./methods/score-cam.ts";
import { gradCamSweep, type SweepOptions } from "./methods/sweep.ts";
import type { PassOptions } from "./methods/versions.ts";
import { xGradCam } from "./methods/xgrad-cam.ts";
import type { Answer, TargetOptions } from "./question.ts";
import type { LayerChoice } from "./recording.ts";
import { RecordedRun } from "./run-base.ts";

/** What is asked for as a class activation map. */
export interface MapOptions extends TargetOptions {
  /** The layer whose maps are weighed: any name it goes by, a label of the tape ("block1_conv1/conv2d", before the
   * activation), a pattern, or a node of `run.tape`. Its output must be [n, h, w, k] with more than one position, else
   * ShapeError; a name that does not exist is refused with UnknownNameError. The last of `Run.layers()` unless given; CAM
   * takes no other than `Run.camLayer()`. The result's provenance says which it was. */
  readonly layer?: LayerChoice | undefined;
}

/** The class activation maps of a `Run`. */
export class ClassMapRun<Many extends boolean> extends RecordedRun<Many> {
  /** Class activation map: the features before global pooling, weighed by the classifier's weights of the class.
   * @throws NotDefinedError for a network without a pooling head; UnknownNameError for another layer than `camLayer()`
   * @see    Zhou et al. 2016, eq. 2: M_c = sum_k w_k^c A_k; the bias is ignored and there is no ReLU */
  async cam<const O extends MapOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    this.assertCamLayer(options?.layer);
    return this.answer(await cam(this.question(options)), options);
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
  async gradCam<const O extends MapOptions & RuleOptions & { readonly counterfactual?: boolean }>(
    options?: O,
  ): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    const method = options?.counterfactual ? counterfactual : gradCam;
    return this.answer(await method(this.question(options), node, options), options);
  }

  /** Grad-CAM++: Grad-CAM whose mean over positions gives more weight to some, and none to negative gradients.
   * @param options.normalise "none" as pytorch-grad-cam (default), "authors" as the authors' program
   * @throws UnknownNameError, ShapeError as `MapOptions` and `GradCamPlusPlusOptions` say
   * @see    Chattopadhyay et al. 2018, eq. 19 */
  async gradCamPlusPlus<const O extends MapOptions & GradCamPlusPlusOptions>(
    options?: O,
  ): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    return this.answer(await gradCamPlusPlus(this.question(options), node, options), options);
  }

  /** XGrad-CAM: Grad-CAM whose mean over positions is weighed by the activations.
   * @throws UnknownNameError, ShapeError as `MapOptions` says
   * @see    Fu et al. 2020, eq. 8 */
  async xGradCam<const O extends MapOptions & RuleOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    return this.answer(await xGradCam(this.question(options), node, options), options);
  }

  /** HiResCAM: the gradient times the layer's output at every position, added over channels.
   * @throws UnknownNameError, ShapeError as `MapOptions` says
   * @see    Draelos and Carin 2020 */
  async hiResCam<const O extends MapOptions & RuleOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    return this.answer(await hiResCam(this.question(options), node, options), options);
  }

  /** LayerCAM: HiResCAM of the positive gradients alone; made for early layers too.
   * @throws UnknownNameError, ShapeError as `MapOptions` says
   * @see    Jiang et al. 2021 */
  async layerCam<const O extends MapOptions & RuleOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    return this.answer(await layerCam(this.question(options), node, options), options);
  }

  /** Eigen-CAM: what the channels of a layer have most in common, its first right singular vector; the target plays no
   * part, and nothing walks back.
   * @throws UnknownNameError, ShapeError as `MapOptions` says
   * @see    Muhammad and Yeasin 2020 */
  async eigenCam<const O extends MapOptions & EigenCamOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    return this.answer(await eigenCam(this.question(options), node, options), options);
  }

  /** EigenGrad-CAM: Eigen-CAM of the gradient times the layer's output.
   * @throws UnknownNameError, ShapeError as `MapOptions` says */
  async eigenGradCam<const O extends MapOptions & EigenCamOptions & RuleOptions>(
    options?: O,
  ): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    return this.answer(await eigenGradCam(this.question(options), node, options), options);
  }

  /** FullGrad: what the input and every bias of the network add to the target, by their gradients; `raw` has the input's
   * size and there is no target layer.
   * @throws UnknownNameError for an option that is none
   * @see    Srinivas and Fleuret 2019 */
  async fullGrad<const O extends TargetOptions & FullGradOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    const question = this.question(options);
    const walk = (watcher: InputWatcher) => this.walks.watch(question, watcher);
    return this.answer(await fullGrad(question, walk, options), options);
  }

  /** Score-CAM: the maps of a layer, weighed by the softmax over channels of what the target makes of the picture masked
   * with each; a forward pass for every channel. `by: "activation"` masks the layer's own output instead and runs only
   * what lies after it.
   * @throws UnknownNameError, ShapeError as `MapOptions` and `ScoreCamOptions` say; the reason of `signal`
   * @see    Wang et al. 2020, eq. 4 to 7 */
  async scoreCam<const O extends MapOptions & ScoreCamOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    return this.answer(await scoreCam(this.question(options), node, options), options);
  }

  /** Ablation-CAM: the maps of a layer, weighed by the share of the target that is lost without each; only what lies after
   * the layer runs again, for every channel.
   * @throws UnknownNameError, ShapeError as `MapOptions` and `PassOptions` say; the reason of `signal`
   * @see    Desai and Ramaswamy 2020, eq. 2 and 3 */
  async ablationCam<const O extends MapOptions & PassOptions>(options?: O): Promise<Answer<Many, HeatMap, O>> {
    const node = this.recording.spatialNode(options?.layer);
    return this.answer(await ablationCam(this.question(options), node, options), options);
  }

  /** Grad-CAM at every layer with spatial extent, in the order of the forward pass, from one walk back.
   * @throws the reason of `signal` */
  async sweep<const O extends TargetOptions & SweepOptions>(options?: O): Promise<Answer<Many, HeatMap[], O>> {
    const nodes = this.layers().map((label) => this.recording.spatialNode(label));
    const question = this.question(options);
    const layers = await gradCamSweep(question, nodes, options);
    const rows = Array.from({ length: question.targets.length * this.recording.pictures }, (_, row) =>
      layers.flatMap((maps) => maps[row] ?? []),
    );
    return this.answer(rows, options);
  }

  /** @throws UnknownNameError for another layer than the one that CAM can weigh; NotDefinedError where there is none */
  protected assertCamLayer(asked: LayerChoice | undefined): void {
    const { features, layer } = this.recording.poolingHead();
    if (asked !== undefined && this.recording.spatialNode(asked).output !== features)
      throw new UnknownNameError(
        `cam: its layer is "${layer}", the one before global pooling; not "${nameOf(asked)}". Use gradCam() for other layers.`,
      );
  }
}

function nameOf(layer: LayerChoice): string {
  return typeof layer === "object" && "label" in layer ? layer.label : String(layer);
}

// Class activation maps that need nothing but a layer's output and the target's gradient there, from one walk back.
import type { RuleOptions } from "../../autograd/rules.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { HeatMap } from "../heat-map.ts";
import { type Question, rowsOf } from "../question.ts";
import type { Provenance } from "../types.ts";
import { heatMaps } from "./class-maps.ts";
import { walkOf } from "./gradient.ts";

/** A layer's output and the target's gradient there, both [rows, h, w, k]. */
export interface LayerGradient {
  readonly A: Tensor;
  readonly g: Tensor;
}

/** A map, and the weights of the channels where the method has such. */
export interface WeighedMap {
  /** [rows, h, w] */
  readonly map: Tensor;
  /** [rows, 1, 1, k] */
  readonly alpha?: Tensor;
}

interface LayerMethod {
  readonly method: string;
  /** What else the provenance tells. */
  readonly options?: Provenance["options"];
  readonly relaxMaxPool?: boolean | undefined;
  readonly weigh: (at: LayerGradient) => WeighedMap;
}

/** The maps of a method that is a formula of A and g. */
export function fromLayerGradient(question: Question, node: TapeNode, how: LayerMethod): Promise<HeatMap[]> {
  const { method, rule, options = {} } = walkOf(how.method, "gradient", how);
  return question.run.encode(() => {
    const at = layerGradient(question, node, how);
    const all = { ...how.options, ...options };
    const facts = { method, rule, ...(Object.keys(all).length > 0 ? { options: all } : {}) };
    return heatMaps(question, node, { ...how.weigh(at), ...facts });
  });
}

/** A and g at a layer. */
export function layerGradient(
  question: Question,
  node: TapeNode,
  { method, ...options }: RuleOptions & { readonly method: string },
): LayerGradient {
  const { run, targets } = question;
  const [g] = run.gradients(run.ask(targets), [node.output], walkOf(method, "gradient", options));
  if (!g) throw new ShapeError(`${method}: no gradient at the layer`);
  return { A: rowsOf(question, node.output), g };
}

import { Tape, type TapeNode } from "../../autograd/tape.ts";
import type { Model } from "../../nn/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Recording } from "../recording.ts";

/** Tensors that take the place of others, by the others' ids. */
export type Replacements = ReadonlyMap<number, Tensor>;

/** A recording of the same operations with other weights. The model's own weights are not touched: its nodes run again
 * on a tape of their own. */
export class Rerecorded extends Recording {
  readonly #source: Recording;
  readonly #weights: Replacements;

  private constructor(
    source: Recording,
    { tape, x, output, weights }: { tape: Tape; x: Tensor; output: Tensor; weights: Replacements },
  ) {
    super({ model: source.model, tape, x, output });
    this.#source = source;
    this.#weights = weights;
  }

  /** @param weights by the ids of the tensors that they replace; the caller's, for as long as the recording lives
   * @param x another input, its rows a multiple of the recorded ones; the recorded one unless given */
  static with(source: Recording, weights: Replacements, x: Tensor = source.input): Rerecorded {
    const tape = new Tape(source.engine, { fast: !source.tape.exact });
    tape.inputs.add(x.id);
    try {
      const output = rerun(source, { tape, changed: new Map([...weights, [source.input.id, x]]) });
      return new Rerecorded(source, { tape, x, output, weights });
    } catch (error) {
      tape.dispose();
      throw error;
    }
  }

  override again(x: Tensor): Recording {
    return Rerecorded.with(this.#source, this.#weights, x);
  }
}

function rerun(source: Recording, { tape, changed }: { tape: Tape; changed: Map<number, Tensor> }): Tensor {
  return tape.run(() => {
    for (const { op, inputs, params, label, output } of modelNodes(source)) {
      tape.label = label;
      const given = Object.entries(inputs).map(([name, x]) => [name, x && (changed.get(x.id) ?? x)] as const);
      changed.set(output.id, op.apply(Object.fromEntries(given), params));
    }
    tape.label = "";
    return changed.get(source.outputs.probs.id) ?? source.outputs.probs;
  });
}

/** The nodes of the network itself: targets may have recorded more after them. */
export function modelNodes({ tape, outputs }: Recording): readonly TapeNode[] {
  return tape.nodes.slice(0, (tape.producerOf(outputs.probs)?.index ?? -1) + 1);
}

/** A weight as the tape has it. */
export interface RecordedWeight {
  readonly tensor: Tensor;
  /** The name under which the operation takes it: w, b, gamma ... */
  readonly name: string;
  readonly node: TapeNode;
}

/** The weights of every layer that has any, in the order of the forward pass; a shared one counts for its last use. */
export function layerWeights(recording: Recording): Map<string, RecordedWeight[]> {
  const { tape, model } = recording;
  const seen = new Set<number>();
  const layers = new Map<string, RecordedWeight[]>();
  for (const node of modelNodes(recording).toReversed()) {
    const layer = layerOf(model, node.label);
    if (layer === undefined) continue;
    for (const [name, tensor] of Object.entries(node.inputs)) {
      if (!tensor || tape.producerOf(tensor) || tape.inputs.has(tensor.id) || seen.has(tensor.id)) continue;
      seen.add(tensor.id);
      layers.set(layer, [...(layers.get(layer) ?? []), { tensor, name, node }]);
    }
  }
  return new Map([...layers].reverse());
}

/** Name of the layer with weights that a node's label belongs to: "conv1" of "conv1/conv2d", and of "conv1#1", which is
 * its second call. */
function layerOf(model: Model, label: string): string | undefined {
  const fits = ({ name }: { readonly name: string }) =>
    label === name || label.startsWith(`${name}/`) || label.startsWith(`${name}#`);
  const names = model.layers.filter((layer) => layer.weights.length > 0 && fits(layer)).map(({ name }) => name);
  return names.reduce<string | undefined>((a, b) => (a === undefined || b.length > a.length ? b : a), undefined);
}

import { ShapeError } from "../errors.ts";
import { keyOf } from "../random.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { GraphNode, Layer } from "./graph.ts";
import type { LayerTraining, Observation, TrainingPass } from "./training.ts";

export interface GraphRun {
  readonly engine: Engine;
  /** In computing order. */
  readonly nodes: readonly GraphNode[];
  readonly inputs: ReadonlyMap<GraphNode, Tensor>;
  readonly targets: readonly GraphNode[];
  readonly weights: (layer: Layer) => Readonly<Record<string, Tensor>>;
  readonly training?: TrainingPass | undefined;
}

type OnLayer = (name: string, index: number, total: number) => void;

/** Computes the targets and what they need, nothing else. While no tape records, an activation is freed as soon as the
 * last node that reads it has run; with one, the tape owns them all. */
export function runGraph(run: GraphRun, onLayer?: OnLayer): Tensor[] {
  const { engine, inputs, targets } = run;
  const needed = ancestors(targets, inputs);
  const nodes = run.nodes.filter((node) => needed.has(node));
  const lacking = nodes.find((node) => node.inputs.length === 0 && !inputs.has(node));
  if (lacking)
    throw new ShapeError(`"${lacking.label}" is needed too: the pass cannot go on from ${given(inputs)} alone`);
  const taped = engine.recorder !== undefined;
  return engine.scope(() => {
    const values = new Map<GraphNode, Tensor>(inputs);
    const readers = countReaders(nodes, targets);
    for (const [index, node] of nodes.entries()) {
      // an input's place is the caller's own tensor, unless it is what is asked for
      const known = inputs.get(node);
      if (!known || targets.includes(node)) {
        const from = known ? [known] : valuesOf(node.inputs, values);
        values.set(
          node,
          engine.scope(() =>
            node.built.call(from, run.weights(node.layer), node.label, trainingOf(node, run.training)),
          ),
        );
      }
      if (!taped) free(node.inputs, { values, readers, inputs });
      onLayer?.(node.label, index, nodes.length);
    }
    return valuesOf(targets, values);
  });
}

function given(inputs: GraphRun["inputs"]): string {
  return [...inputs.keys()].map(({ label }) => `"${label}"`).join(", ");
}

/** Nodes after which nothing reads what is before them; the last is not one. */
export function narrowPlaces(nodes: readonly GraphNode[]): string[] {
  const lastReader = new Map<GraphNode, number>();
  for (const [i, node] of nodes.entries()) for (const input of node.inputs) lastReader.set(input, i);
  let open = -1;
  const places: string[] = [];
  for (const [i, node] of nodes.entries()) {
    const shared = nodes.some((other) => other !== node && other.layer === node.layer);
    if (open <= i && node.inputs.length > 0 && i < nodes.length - 1 && !shared) places.push(node.label);
    open = Math.max(open, lastReader.get(node) ?? i);
  }
  return places;
}

function valuesOf(nodes: readonly GraphNode[], values: ReadonlyMap<GraphNode, Tensor>): Tensor[] {
  return nodes.map((node) => values.get(node)).filter((value) => value !== undefined);
}

function free(
  nodes: readonly GraphNode[],
  state: { values: Map<GraphNode, Tensor>; readers: Map<GraphNode, number>; inputs: GraphRun["inputs"] },
): void {
  for (const node of nodes) {
    const left = (state.readers.get(node) ?? 0) - 1;
    state.readers.set(node, left);
    if (left > 0 || state.inputs.has(node)) continue;
    state.values.get(node)?.dispose();
    state.values.delete(node);
  }
}

/** How often each node is read; being asked for counts, so that a target is never freed. */
function countReaders(nodes: readonly GraphNode[], targets: readonly GraphNode[]): Map<GraphNode, number> {
  const readers = new Map<GraphNode, number>();
  for (const node of [...nodes.flatMap((one) => one.inputs), ...targets])
    readers.set(node, (readers.get(node) ?? 0) + 1);
  return readers;
}

/** The targets and what they are computed from, back to what is given. */
function ancestors(targets: readonly GraphNode[], given: GraphRun["inputs"]): Set<GraphNode> {
  const found = new Set<GraphNode>();
  const open = [...targets];
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    if (!given.has(node)) open.push(...node.inputs);
  }
  return found;
}

function trainingOf({ layer, label }: GraphNode, pass: TrainingPass | undefined): LayerTraining | undefined {
  if (!pass || pass.frozen?.has(layer.name)) return undefined;
  const observe = (observation: Observation) => pass.onObservation?.(observation);
  return { key: keyOf(`${pass.seed}/${label}`), observe };
}

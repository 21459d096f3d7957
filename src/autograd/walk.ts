import type { Tensor } from "../tensor/tensor.ts";
import type { Vjp } from "./op.ts";
import { add } from "./ops/arithmetic.ts";
import { dependents } from "./reach.ts";
import { copies, standIn } from "./stretch.ts";
import type { BackwardOptions, NodeRule, Rules, TapeNode } from "./tape.ts";

/** A walk back over recorded nodes. */
export interface Walk extends BackwardOptions {
  readonly y: Tensor;
  readonly seed: Tensor;
  /** How many cotangents the seed holds. */
  readonly times: number;
  /** Ids of what has a row for each picture, and is repeated for each cotangent. */
  readonly pictures: ReadonlySet<number>;
}

/** Gradients of <seed, y> for `wrt`, in that order, zeros for what y does not depend on. */
export function walkBack(nodes: readonly TapeNode[], walk: Walk): Tensor[] {
  const { y, seed, wrt, onCotangent, times } = walk;
  const wanted = new Set(wrt.map((tensor) => tensor.id));
  const needed = dependents(nodes, wanted);
  const cotangents = new Map<number, Tensor>([[y.id, seed]]);
  for (const node of nodes.toReversed()) {
    const { id } = node.output;
    const dy = cotangents.get(id);
    if (!dy || !needed.has(id)) continue;
    onCotangent?.(node, dy);
    if (!wanted.has(id)) cotangents.delete(id);
    step(node, dy, { ...walk, needed, cotangents });
    if (dy !== seed && !wanted.has(id)) dy.dispose();
  }
  return wrt.map((tensor) => {
    const gradient = cotangents.get(tensor.id);
    if (!gradient) return y.engine.zeros([times * (tensor.shape[0] ?? 1), ...tensor.shape.slice(1)]);
    // a seed, or a tensor asked for twice, is handed out as a view of its own
    return gradient.withShape(gradient.shape);
  });
}

interface State extends Walk {
  readonly needed: ReadonlySet<number>;
  readonly cotangents: Map<number, Tensor>;
}

/** From the cotangent of a node's output to those of its inputs. */
function step(node: TapeNode, dy: Tensor, state: State): void {
  const { needed, cotangents, rules } = state;
  const { engine } = dy;
  const inputs = Object.entries(node.inputs);
  const names = inputs.filter(([, input]) => input && needed.has(input.id)).map(([name]) => name);
  if (names.length === 0) return;
  engine.runtime.label = node.label;
  const { vjp, reads } = ruleFor(node, rules);
  const gradients = engine.scope(() => {
    const rows = (name: string, tensor: Tensor) => rowsFor(tensor, state, reads?.includes(name) ?? true);
    const given = inputs.map(([name, input]) => [name, input && rows(name, input)] as const);
    const y = rows("y", node.output);
    const recorded = { inputs: Object.fromEntries(given), y, params: node.params, wanted: new Set(names) };
    return { ...vjp(dy, recorded) };
  });
  for (const name of names) {
    const input = node.inputs[name];
    const gradient = gradients[name];
    if (!gradient || !input) continue;
    const before = cotangents.get(input.id);
    // a view, since a rule may hand out one tensor under two names, or dy itself
    cotangents.set(input.id, before ? add(before, gradient) : gradient.withShape(gradient.shape));
    before?.dispose();
  }
  for (const gradient of Object.values(gradients)) if (gradient !== dy) gradient?.dispose();
}

/** A recorded tensor with as many rows as the cotangent; where the rule does not read its values, none are copied. */
function rowsFor(tensor: Tensor, { times, pictures }: Walk, read: boolean): Tensor {
  if (times === 1 || !pictures.has(tensor.id)) return tensor;
  return read ? copies(tensor, times) : standIn(tensor, times);
}

function ruleFor(node: TapeNode, rules: Rules | undefined): NodeRule {
  if (typeof rules === "function") return rules(node) ?? node.op;
  const vjp = rules?.[node.op.name];
  return vjp ? { vjp: vjp as Vjp<unknown> } : node.op;
}

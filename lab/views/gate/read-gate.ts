import {
  backwardRules,
  type NodeRule,
  type RuleName,
  type Rules,
  type TapeNode,
  type Target,
  type TypedData,
  type Vjp,
} from "../../../src/index.ts";
import { type Activation, activationOf } from "../../parts/activation.ts";
import type { Explained } from "../../store/session.ts";

/** The backward rules, in the order in which they are taught. */
export const gateRules = ["gradient", "deconvnet", "guided"] as const satisfies readonly RuleName[];

/** Whether a rule holds at the one gate that is looked at, to which the plain gradient arrives, or at every gate. */
export const scopes = ["here", "all"] as const;
export type Scope = (typeof scopes)[number];

/** What arrived at a gate and what left it, under one rule. */
export interface Passage {
  readonly rule: RuleName;
  /** The cotangent of the gate's output. */
  readonly r: TypedData;
  /** The cotangent of its input. */
  readonly dx: TypedData;
}

/** A gate's input and what each rule makes of the gradient there, value by value. */
export interface Gate {
  readonly shape: readonly number[];
  readonly x: TypedData;
  readonly activation: Activation;
  readonly passages: readonly Passage[];
}

/** Nodes for which there are rules: ReLUs and their like. */
export function gatesOf(one: Explained): readonly TapeNode[] {
  return one.run.tape.nodes.filter((node) => activationOf(node) !== undefined);
}

/** The gate that is shown first: the last with height and width. */
export function usualGate(gates: readonly TapeNode[]): TapeNode | undefined {
  return gates.findLast(({ output }) => output.shape.length === 4) ?? gates.at(-1);
}

/** Reads a gate; the walks back end there. */
export async function readGate(
  one: Explained,
  node: TapeNode,
  { target, scope }: { readonly target: Target; readonly scope: Scope },
): Promise<Gate> {
  const { recording } = one.run;
  const input = node.inputs.x;
  const activation = activationOf(node);
  if (!input || !activation) throw new Error(`${node.label}: no gate`);
  const walks = recording.encode(() => {
    const asked = recording.ask([target]);
    const tensors = gateRules.flatMap((rule) => {
      const rules = scope === "all" ? backwardRules[rule] : onlyAt(node, rule);
      return recording.gradients(asked, [node.output, input], { rules });
    });
    return { tensors, finish: (data: TypedData[]) => data };
  });
  const [data, x] = await Promise.all([walks, recording.read([input], ([values]) => values)]);
  const empty = new Float32Array(0);
  const passages = gateRules.map((rule, i) => ({ rule, r: data[2 * i] ?? empty, dx: data[2 * i + 1] ?? empty }));
  return { shape: input.shape, x: x ?? empty, activation, passages };
}

/** The plain gradient everywhere but at one node. */
function onlyAt(node: TapeNode, rule: RuleName): Rules {
  const table: Readonly<Record<string, Vjp<never>>> = backwardRules[rule];
  const vjp = table[node.op.name];
  const own: NodeRule | undefined = vjp && { vjp: vjp as Vjp<unknown> };
  return ({ index }) => (index === node.index ? own : undefined);
}

import type { Rules, Tape, TapeNode } from "../autograd/tape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The nodes that a walk from y back to `from` sees, from y on; `from`'s own is not among them. */
export function pathNodes(tape: Tape, y: Tensor, from: Tensor): TapeNode[] {
  const after = new Set([from.id]);
  const inputsOf = ({ inputs }: TapeNode) => Object.values(inputs).filter((input) => input !== undefined);
  for (const node of tape.nodes) if (inputsOf(node).some(({ id }) => after.has(id))) after.add(node.output.id);
  after.delete(from.id);
  const before = new Set([y.id]);
  return tape.nodes.toReversed().filter((node) => {
    if (!before.has(node.output.id) || !after.has(node.output.id)) return false;
    for (const { id } of inputsOf(node)) before.add(id);
    return true;
  });
}

const ruleTitles: Readonly<Record<string, string>> = { guided: "guided backpropagation", deconvnet: "the deconvnet" };

/** What a reader must know of a rule for ReLUs on this path: where it finds none to act on, it is the plain gradient. */
export function ruleNotes(
  tape: Tape,
  { rule, rules, y, from }: { readonly rule: string; readonly rules: Rules; readonly y: Tensor; readonly from: Tensor },
): string[] {
  // a relaxed max pool is chosen beside a rule
  const replaced = Object.keys(rules).filter((name) => name !== "max_pool");
  if (replaced.length === 0 || pathNodes(tape, y, from).some(({ op }) => replaced.includes(op.name))) return [];
  const [start, end] = [y, from].map((tensor) => tape.producerOf(tensor)?.label ?? "the input");
  return [`no ReLU between ${start} and ${end}: ${ruleTitles[rule] ?? rule} is the plain gradient here`];
}

import type { ProfileEntry } from "../kernels/profile.ts";
import { showShape } from "../tensor/shape.ts";
import { columns } from "./columns.ts";
import type { Tape } from "./tape.ts";

/** A table of everything a tape recorded: node, operation, inputs, output shape, bytes and, with a profile of the
 * forward pass (`engine.profile`), GPU time in microseconds. */
export function formatTape(tape: Tape, profile: readonly ProfileEntry[] = []): string {
  const header = ["node", "label", "op", "inputs", "output", "bytes", ...(profile.length > 0 ? ["us"] : [])];
  const rows = tape.nodes.map((node) => {
    const inputs = Object.entries(node.inputs).map(([name, tensor]) => {
      const from = tensor && tape.producerOf(tensor);
      return tensor ? `${name}=${from ? from.index : showShape(tensor.shape)}` : "";
    });
    const cells = [
      String(node.index),
      node.label,
      node.op.name,
      inputs.filter((text) => text).join(" "),
      showShape(node.output.shape),
      String(4 * node.output.size),
    ];
    return profile.length > 0 ? [...cells, timeOf(node.label, profile)] : cells;
  });
  return columns([header, ...rows], new Set(["node", "bytes", "us"]));
}

function timeOf(label: string, profile: readonly ProfileEntry[]): string {
  const elapsedNs = profile
    .filter((entry) => entry.label === label)
    .reduce((total, entry) => total + entry.elapsedNs, 0);
  return (elapsedNs / 1000).toFixed(0);
}

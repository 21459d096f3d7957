// A network decides at every ReLU and in every pooling window; where a decision is closer than rounding errors, two right
// programs may take it differently, and in VGG16 a single one shows in the gradient at the image.
import type { Run } from "../../src/explain/explain.ts";
import type { CloseCalls } from "./golden.ts";

/** Takes the close decisions of a recorded pass as Keras took them, for the walks back that follow: nothing but the
 * listed pre-activations and pooled values is touched, each by less than rounding errors are.
 * @returns how many had been taken the other way */
export async function settle(run: Run, { relu, maxPool }: CloseCalls): Promise<number> {
  return (await settleRelus(run, relu)) + (await settlePools(run, maxPool));
}

/** Stands for "0, but on this side of it": 1e-20 is far below any rounding error here, and no denormal number. */
const BARELY = 1e-20;

async function settleRelus(run: Run, calls: CloseCalls["relu"]): Promise<number> {
  const { engine } = run.model;
  let changed = 0;
  for (const [layer, group] of byLayer(calls)) {
    const { x } = run.tape.node(layer).inputs;
    if (!x) throw new Error(`${layer} has no ReLU`);
    const [values] = await engine.read([x]);
    for (const { index, open } of group) {
      if ((values?.[index] ?? Number.NaN) > 0 === open) continue;
      changed++;
      engine.write(x, index, Float32Array.of(open ? BARELY : -BARELY));
    }
  }
  return changed;
}

async function settlePools(run: Run, calls: CloseCalls["maxPool"]): Promise<number> {
  const { engine } = run.model;
  let changed = 0;
  for (const [layer, group] of byLayer(calls)) {
    const { x } = run.tape.node(layer).inputs;
    if (!x) throw new Error(`${layer} is no pool`);
    const [values] = await engine.read([x]);
    const at = (i: number) => values?.[i] ?? Number.NaN;
    for (const { winner, losers } of group) {
      const most = Math.max(at(winner), ...losers.map(at));
      const first = Math.min(...[winner, ...losers].filter((i) => at(i) === most));
      if (first === winner) continue;
      changed++;
      engine.write(x, winner, Float32Array.of(most));
      for (const loser of losers) engine.write(x, loser, Float32Array.of(Math.min(at(loser), most * (1 - 1e-6))));
    }
  }
  return changed;
}

function byLayer<T extends { readonly layer: string }>(calls: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const call of calls) groups.set(call.layer, [...(groups.get(call.layer) ?? []), call]);
  return groups;
}

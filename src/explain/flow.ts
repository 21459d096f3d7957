import { mean } from "../autograd/ops/reduce.ts";
import { rowStatistics } from "../autograd/ops/statistics.ts";
import { backwardRules, type RuleName, type RuleOptions, rulesOf } from "../autograd/rules.ts";
import type { Rules, TapeNode } from "../autograd/tape.ts";
import { nearest, ShapeError, UnknownNameError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor, TypedData } from "../tensor/tensor.ts";
import { alphaFacts, Flow, type FlowNode, flowNode } from "./flow-table.ts";
import { ruleNotes } from "./path.ts";
import { provenanceOf, type Question, type TargetOptions } from "./question.ts";
import { isSpatial, type LayerChoice, type Recording } from "./recording.ts";
import type { Target } from "./targets.ts";

/** What is followed, and how far. */
export interface FlowOptions extends TargetOptions, RuleOptions {
  /** Where the walk ends: a layer, spatial or not, a label, a pattern, a node, or "input". The last layer with height and
   * width unless given. */
  readonly layer?: LayerChoice | undefined;
  /** The backward rule at ReLUs; "gradient" unless given. */
  readonly rule?: RuleName | undefined;
}

type Profile = NonNullable<Awaited<ReturnType<Engine["profile"]>>>;

/** Where a walk ends. */
interface End {
  readonly tensor: Tensor;
  readonly node: TapeNode | undefined;
}

/** One cotangent that a walk came by. */
interface Seen {
  readonly node: TapeNode | undefined;
  readonly shape: readonly number[];
  readonly statistics: Tensor;
  /** Dispatches of the step back through the node: those after the statistics' own, before the next cotangent's. */
  readonly from: number;
  to: number;
}

/** Follows the cotangents from each target back to a layer: a walk for each target, one result for each row.
 * Unlike the other methods it waits for the GPU before and after every walk, whose time it tells.
 * @throws UnknownNameError for a rule or a layer that does not exist */
export async function flow(
  question: Question,
  { layer, rule = "gradient", relaxMaxPool = false }: FlowOptions,
): Promise<Flow[]> {
  if (!Object.hasOwn(backwardRules, rule)) {
    const guess = nearest(rule, Object.keys(backwardRules));
    const hint = guess ? ` Did you mean "${guess}"?` : "";
    throw new UnknownNameError(`flow: no rule "${rule}".${hint} There are ${Object.keys(backwardRules).join(", ")}.`);
  }
  const end = endOf(question.run, layer);
  const walk = { end, rule, rules: rulesOf(rule, { relaxMaxPool }) };
  const flows: Flow[] = [];
  for (const [t, target] of question.targets.entries()) {
    const walked = await follow(question.run, target, walk);
    flows.push(...flowsOf(question, { ...walked, ...walk, t }));
  }
  return flows;
}

function endOf(run: Recording, layer: LayerChoice | undefined): End {
  if (layer === "input") return { tensor: run.input, node: undefined };
  const node = layer === undefined ? run.spatialNode(undefined) : run.node(layer);
  return { tensor: node.output, node };
}

interface Walk {
  readonly end: End;
  readonly rule: RuleName;
  readonly rules: Rules;
}

interface Walked {
  readonly seen: readonly Seen[];
  readonly statistics: readonly TypedData[];
  /** [n, k], of a layer with height and width. */
  readonly alpha: TypedData | undefined;
  readonly profile: Profile | undefined;
  readonly elapsedMs: number;
  readonly notes: readonly string[];
}

async function follow(run: Recording, target: Target, walk: Walk): Promise<Walked> {
  const { engine } = run;
  await engine.finish(); // what was asked for before is not part of the walk
  const kept: Tensor[] = [];
  const keep = (tensor: Tensor) => {
    kept.push(engine.keep(tensor));
    return tensor;
  };
  const start = performance.now();
  try {
    let walked: Pick<Walked, "seen" | "notes"> = { seen: [], notes: [] };
    let alpha: Tensor | undefined;
    const profile = await engine.profile(() => {
      engine.scope(() => {
        const { gradient, ...rest } = walkBack(run, target, { ...walk, keep });
        walked = rest;
        if (isSpatial(walk.end.tensor)) alpha = keep(mean(gradient, { axes: [1, 2] }));
      });
    });
    const tensors = walked.seen.map(({ statistics }) => statistics);
    const data = await engine.read(alpha ? [...tensors, alpha] : tensors);
    const elapsedMs = performance.now() - start;
    return { ...walked, statistics: data.slice(0, tensors.length), alpha: alpha && data.at(-1), profile, elapsedMs };
  } finally {
    for (const tensor of kept) tensor.dispose();
  }
}

function walkBack(
  run: Recording,
  target: Target,
  { end, rule, rules, keep }: Walk & { keep: (tensor: Tensor) => Tensor },
): Pick<Walked, "seen" | "notes"> & { gradient: Tensor } {
  const { engine, tape } = run;
  const first = engine.counts.dispatches;
  const dispatches = () => engine.counts.dispatches - first;
  const seen: Seen[] = [];
  const see = (node: TapeNode | undefined, dy: Tensor) => {
    const last = seen.at(-1);
    if (last) last.to = dispatches();
    const statistics = keep(rowStatistics(dy));
    seen.push({ node, shape: dy.shape, statistics, from: dispatches(), to: dispatches() });
  };
  const [asked] = run.ask([target]);
  if (!asked) throw new ShapeError("flow: no target");
  const { y, seed } = asked;
  const options = { seed, wrt: [end.tensor], rules, onCotangent: see };
  const [gradient] = tape.backward(y, options);
  if (!gradient) throw new ShapeError("flow: no gradient at the layer");
  const last = seen.at(-1);
  if (last) last.to = dispatches();
  if (!end.node) see(undefined, gradient);
  const reached = end.node ? seen.some(({ node }) => node === end.node) : seen.length > 1;
  const nowhere = `the target does not depend on ${end.node ? `"${end.node.label}"` : "the input"}`;
  const notes = reached ? ruleNotes(tape, { rule, rules, y, from: end.tensor }) : [nowhere];
  return { seen, notes, gradient };
}

function flowsOf(question: Question, { end, rule, rules, t, ...walked }: Walked & Walk & { t: number }): Flow[] {
  const { pictures } = question.run;
  const { seen, statistics, alpha, profile, notes } = walked;
  const times = seen.map(({ from, to }) => profile && timeOf(profile.slice(from, to), to - from));
  const onGpu = times.reduce<number>((sum, time) => sum + (time ?? 0), 0);
  return Array.from({ length: pictures }, (_, picture) => {
    const nodes = seen.map(({ node, shape }, i): FlowNode => {
      const facts = node
        ? {
            node: node.index,
            label: node.label,
            op: node.op.name,
            ruled: node !== end.node && Object.hasOwn(rules, node.op.name),
          }
        : { label: "input", op: "input", ruled: false };
      const time = times[i] === undefined ? {} : { elapsedMs: times[i] };
      return { ...facts, ...flowNode(statistics[i], { shape, picture, pictures }), ...time };
    });
    const layer = end.node?.label ?? "input";
    return new Flow({
      nodes,
      provenance: provenanceOf(question, t * pictures + picture, { method: "flow", rule, layer }),
      timing: profile ? "gpu" : "clock",
      elapsedMs: profile ? onGpu : walked.elapsedMs,
      notes,
      ...(alpha ? { alpha: alphaFacts(alpha, { picture, pictures }) } : {}),
    });
  });
}

/** Milliseconds of some dispatches; undefined where the device had no more timestamps for them. */
function timeOf(entries: Profile, dispatches: number): number | undefined {
  if (entries.length < dispatches) return undefined;
  return entries.reduce((sum, { elapsedNs }) => sum + elapsedNs, 0) / 1e6;
}

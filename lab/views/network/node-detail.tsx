import type { ComponentChildren } from "preact";
import { rowStatistics, type TapeNode } from "../../../src/index.ts";
import { Answer } from "../../parts/answer.tsx";
import { FactsTable, factsOf } from "../../parts/facts.tsx";

import { useResult } from "../../parts/use-result.ts";
import { Values } from "../../parts/values.tsx";
import { linkTo, setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { feeds, floats, keyOf, shapeText } from "../../store/tape.ts";
import { networkWords } from "../../strings/network.ts";
import { paramsText } from "./params-text.ts";

interface NodeDetailProps {
  readonly one: Explained;
  readonly nodes: readonly TapeNode[];
  readonly node: TapeNode;
}

/** All that a node made of this picture, and what it is. */
export function NodeDetail({ one, nodes, node }: NodeDetailProps) {
  const words = networkWords();
  const { recording } = one.run;
  const result = useResult(async () => {
    const { output } = node;
    const [facts, values] = await Promise.all([
      recording.encode(() => ({
        tensors: [rowStatistics(output)],
        finish: ([slices]) => factsOf(slices, output.size),
      })),
      recording.read([output], ([data]) => floats(data)),
    ]);
    return { facts, values, node };
  }, [one, node]);
  return (
    <div class="detail">
      <p class="links">
        {one.layers.includes(node.label) && <a href={linkTo("look", { layer: node.label })}>{words.gradCam}</a>}
        <a href={linkTo("tape", { node: keyOf(nodes, node) })}>{words.tape}</a>
      </p>
      <About {...{ one, nodes, node }} />
      <Answer result={result}>
        {(read) => (
          <>
            <FactsTable facts={read.facts} />
            <h2>{words.values(read.node.output.size)}</h2>
            <Values values={read.values} shape={read.node.output.shape} of={read.node.label} />
          </>
        )}
      </Answer>
    </div>
  );
}

function About({ one, nodes, node }: NodeDetailProps) {
  const words = networkWords();
  const from = feeds(one.run, node);
  const weights = Object.entries(node.inputs).filter(([, tensor]) => tensor && !from.includes(tensor));
  const params = paramsText(node.params, words.params);
  const facts: (readonly [string, ComponentChildren])[] = [
    [words.op, <code key="op">{node.op.name}</code>],
    [words.shape, shapeText(node.output.shape)],
    [words.from, from.map((tensor) => <Feed key={tensor.id} node={one.run.tape.producerOf(tensor)} nodes={nodes} />)],
  ];
  if (weights.length > 0)
    facts.push([words.weights, weights.map(([name, t]) => `${name} ${t?.shape.join(" × ")}`).join(", ")]);
  if (params) facts.push([words.settings, params]);
  return (
    <dl class="about">
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Where an input comes from, as a way to there. */
function Feed({ node, nodes }: { readonly node: TapeNode | undefined; readonly nodes: readonly TapeNode[] }) {
  const words = networkWords();
  if (!node) return <span>{words.input}</span>;
  return (
    <button type="button" class="plain" onClick={() => setParams({ node: keyOf(nodes, node) })}>
      {node.label}
    </button>
  );
}

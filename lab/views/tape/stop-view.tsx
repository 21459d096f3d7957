import type { RuleName } from "../../../src/index.ts";
import { FactsTable } from "../../parts/facts.tsx";
import { Formula } from "../../parts/formula.tsx";
import { Values } from "../../parts/values.tsx";
import { linkTo } from "../../store/link.ts";
import { shapeText } from "../../store/tape.ts";
import { tapeWords } from "../../strings/tape.ts";
import type { Seen } from "./ask.ts";
import { formulasOf, isRuled } from "./formulas.ts";
import { Program } from "./program.tsx";

/** How many channels are shown at first. */
const page = 32;

/** All there is at one stop: the tensor, its numbers, the formula, and the shaders. */
export function StopView({ seen, rule }: { readonly seen: Seen; readonly rule: RuleName }) {
  const words = tapeWords();
  const { stop, here, facts, next, kernels } = seen;
  const { node, key } = stop;
  const label = node?.label ?? words.input;
  const isBack = stop.way === "backward";
  const time = kernels.every(({ elapsedMs }) => elapsedMs !== undefined)
    ? kernels.reduce((sum, { elapsedMs = 0 }) => sum + elapsedMs, 0)
    : undefined;
  return (
    <div class={`stop ${stop.way}`} data-stop={`${stop.way} ${key}`}>
      <div>
        <h2>{isBack ? words.cotangentOf(label) : words.activationOf(label)}</h2>
        <p class="soft">
          {node && <code>{node.op.name}</code>} {shapeText(here.shape)}
          {stop.readers > 1 && ` · ${words.summed(stop.readers)}`}
          {node && time !== undefined && kernels.length > 0 && ` · ${words.took(time.toFixed(3))}`}
        </p>
        <FactsTable facts={facts} />
        <Values
          key={`${stop.way} ${key}`}
          values={here.values}
          shape={here.shape}
          of={`${isBack ? "dy" : "y"}, ${label}`}
          page={page}
        />
      </div>
      <div>
        {node && <Rule {...{ seen, rule }} />}
        {next && (
          <>
            <h3>{words.goesTo(next.to?.label ?? words.input)}</h3>
            <p class="soft">{shapeText(next.shape)}</p>
            <Values key={`${key} next`} values={next.values} shape={next.shape} of={`dx, ${label}`} page={page} />
          </>
        )}
        {!node && <p>{isBack ? words.atInput : words.fromInput}</p>}
        {node && <a href={linkTo("network", { node: key })}>{words.onMap}</a>}
      </div>
      {node && (
        <section class="program">
          <h2>{words.program}</h2>
          <Program kernels={kernels} />
        </section>
      )}
    </div>
  );
}

/** What the operation computes, or its backward rule, and what that needs of the recording. */
function Rule({ seen, rule }: { readonly seen: Seen; readonly rule: RuleName }) {
  const words = tapeWords();
  const { node, way } = seen.stop;
  if (!node) return null;
  const tex = formulasOf(node, rule);
  if (way === "forward")
    return (
      <>
        <h3>{words.computes}</h3>
        <Formula tex={tex.forward} block />
      </>
    );
  const note = words.notes[node.op.name];
  const reads = node.op.reads ?? [...Object.keys(node.inputs), "y"];
  const ruled = isRuled(node, rule);
  return (
    <>
      <h3>{ruled ? words.underRule(words.rules[rule]) : words.vjp}</h3>
      <Formula tex={tex.backward} block />
      {note !== undefined && !ruled && <p>{note}</p>}
      {!(ruled && rule === "deconvnet") && (
        <p class="soft">{reads.length > 0 ? words.reads(reads.join(", ")) : words.readsNothing}</p>
      )}
    </>
  );
}

import { ruleTex } from "../parts/activation.ts";
import { Answer } from "../parts/answer.tsx";
import { Choice, Pick, Reveal } from "../parts/controls.tsx";
import { Formula } from "../parts/formula.tsx";
import { percent } from "../parts/numbers.ts";
import { ClassPicker, SeedPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import { target } from "../store/chosen.ts";
import { param, setParams } from "../store/link.ts";
import type { Explained } from "../store/session.ts";
import { gateWords } from "../strings/gate.ts";
import type { AskingProps } from "../views.ts";
import { Counts } from "./gate/counts.tsx";
import { passedOf } from "./gate/quadrants.ts";
import { type Gate, gatesOf, readGate, type Scope, scopes, usualGate } from "./gate/read-gate.ts";
import { Scatter } from "./gate/scatter.tsx";
import { ThreePictures } from "./gate/three-pictures.tsx";
import { Worked } from "./gate/worked.tsx";

export function ReluGate({ one }: AskingProps) {
  const words = gateWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <AtGate one={one} />
      <h2>{words.pictures}</h2>
      <p>{words.picturesLead}</p>
      <ThreePictures one={one} />
      <Reveal question={words.alikeQuestion}>
        <p>{words.alikeAnswer}</p>
      </Reveal>
    </>
  );
}

function AtGate({ one }: { readonly one: Explained }) {
  const words = gateWords();
  const gates = gatesOf(one);
  const asked = param("node");
  const node = gates.find(({ label }) => label === asked) ?? usualGate(gates);
  const scope = scopes.find((name) => name === param("scope")) ?? "here";
  const chosen = target.value;
  const read = node && (() => readGate(one, node, { target: chosen, scope }));
  const result = useResult(read, [one, node?.index, chosen, scope]);
  if (!node) return <p class="refused">{words.none}</p>;
  return (
    <>
      <div class="controls">
        <Pick
          label={words.gate}
          options={gates.map(({ label }) => [label, label] as const)}
          value={node.label}
          onChange={(label) => setParams({ node: label })}
        />
        <ClassPicker />
        <SeedPicker />
      </div>
      <div class="controls">
        <Choice<Scope>
          label={words.scope}
          options={scopes.map((name) => [name, words.scopes[name]] as const)}
          value={scope}
          onChange={(name) => setParams({ scope: name })}
        />
      </div>
      <p class="soft">{words.scopeSays[scope]}</p>
      <Answer result={result}>{(gate) => <Shown gate={gate} />}</Answer>
    </>
  );
}

function Shown({ gate }: { readonly gate: Gate }) {
  const words = gateWords();
  return (
    <>
      <p data-activation={gate.activation.name}>
        {words.recorded(gate.activation.name)} <Formula tex={gate.activation.forward} />
      </p>
      <div class="gate-three">
        {gate.passages.map((passage) => {
          const passed = passedOf(passage);
          return (
            <figure key={passage.rule}>
              <h2>{words.rules[passage.rule]}</h2>
              <Formula tex={ruleTex(passage.rule, gate.activation, { arriving: "r" })} />
              <Scatter gate={gate} passage={passage} title={words.scatter(words.rules[passage.rule])} />
              <figcaption>{words.passes(passed, gate.x.length, percent(passed / gate.x.length))}</figcaption>
            </figure>
          );
        })}
      </div>
      <p class="soft">{words.legend(Math.min(2000, gate.x.length), gate.x.length)}</p>
      <h2>{words.quadrants}</h2>
      <Counts gate={gate} />
      <Reveal question={words.silentQuestion}>
        <p>{words.silentAnswer}</p>
      </Reveal>
      <h2>{words.worked}</h2>
      <Worked gate={gate} />
    </>
  );
}

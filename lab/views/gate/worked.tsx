import { useMemo } from "preact/hooks";
import { ruleTex } from "../../parts/activation.ts";
import { Formula } from "../../parts/formula.tsx";
import { NumberGrid } from "../../parts/number-grid.tsx";
import { largest } from "../../parts/signed.ts";
import { gateWords } from "../../strings/gate.ts";
import { bestPatch } from "./quadrants.ts";
import type { Gate } from "./read-gate.ts";

/** Nine values of the gate, followed through each rule. */
export function Worked({ gate }: { readonly gate: Gate }) {
  const words = gateWords();
  const patch = useMemo(() => bestPatch(gate), [gate]);
  if (!patch) return <p class="soft">{words.noPatch}</p>;
  const nine = (values: ArrayLike<number>) => patch.places.map((i) => values[i] ?? 0);
  return (
    <>
      <p>{words.patch(patch)}</p>
      <div class="worked">
        <div class="scroll">
          <NumberGrid title={words.input} values={nine(gate.x)} width={3} />
        </div>
        {gate.passages.map(({ rule, r, dx }) => {
          const arriving = nine(r);
          const leaving = nine(dx);
          const most = largest(arriving);
          return (
            <section key={rule} class="scroll" aria-label={words.rules[rule]}>
              <h3>{words.rules[rule]}</h3>
              <NumberGrid title={words.arriving} values={arriving} width={3} most={most} />
              <p>
                <span aria-hidden="true">↓ </span>
                <Formula tex={ruleTex(rule, gate.activation, { arriving: "r" })} />
              </p>
              <NumberGrid
                title={words.leaving}
                values={leaving}
                width={3}
                most={most}
                marked={(i) => leaving[i] !== 0}
              />
            </section>
          );
        })}
      </div>
    </>
  );
}

import { percent } from "../../parts/numbers.ts";
import { gateWords } from "../../strings/gate.ts";
import { countsOf, zones } from "./quadrants.ts";
import type { Gate } from "./read-gate.ts";

/** Of what lies in each quadrant, how much passes under each rule: counted in what the GPU computed. */
export function Counts({ gate }: { readonly gate: Gate }) {
  const words = gateWords();
  const columns = gate.passages.map((passage) => ({ rule: passage.rule, counts: countsOf(gate, passage) }));
  return (
    <div class="scroll">
      <table class="gate-counts">
        <thead>
          <tr>
            <th scope="col">{words.where}</th>
            {columns.map(({ rule }) => (
              <th key={rule} scope="col">
                {words.rules[rule]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {zones.map((zone) => (
            <tr key={zone} data-zone={zone}>
              <th scope="row">{words.zones(gate.activation)[zone]}</th>
              {columns.map(({ rule, counts }) => {
                const { arrived, passed } = counts[zone];
                return (
                  <td key={rule}>
                    <span aria-hidden="true">{passed > 0 ? "● " : "× "}</span>
                    {words.pass(passed, arrived)} <span class="soft">({percent(arrived / gate.x.length)})</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

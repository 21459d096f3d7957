import type { Prediction } from "../../../src/index.ts";
import { percent } from "../../parts/numbers.ts";
import { classIndex, className } from "../../store/chosen.ts";
import { setParams } from "../../store/link.ts";
import { eraseWords } from "../../strings/erase.ts";

/** Likely classes that are shown of the picture as it was. */
const MOST = 4;

interface BarsProps {
  readonly before: readonly Prediction[];
  readonly after: readonly Prediction[];
}

/** Probabilities of the likeliest classes, and of the chosen one, before and after. */
export function Bars({ before, after }: BarsProps) {
  const words = eraseWords();
  const likely = [before.slice(0, MOST), after.slice(0, 1)].flat().map(({ index }) => index);
  const shown = [...new Set([...likely, classIndex.value])];
  return (
    <table class="before-after">
      <thead>
        <tr>
          <th scope="col">{words.class}</th>
          <th scope="col">{words.before}</th>
          <th scope="col">{words.after}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((index) => (
          <tr key={index} data-class={index}>
            <th scope="row">
              <button
                type="button"
                aria-pressed={index === classIndex.value}
                onClick={() => setParams({ class: index })}
              >
                {className(index)}
              </button>
            </th>
            <Bar of={`${className(index)}, ${words.before}`} share={probabilityOf(before, index)} />
            <Bar of={`${className(index)}, ${words.after}`} share={probabilityOf(after, index)} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Bar({ of, share }: { readonly of: string; readonly share: number }) {
  return (
    <td>
      <meter aria-label={of} value={share} />
      <span class="number">{percent(share)}</span>
    </td>
  );
}

export function probabilityOf(predictions: readonly Prediction[], index: number): number {
  return predictions.find((one) => one.index === index)?.probability ?? 0;
}

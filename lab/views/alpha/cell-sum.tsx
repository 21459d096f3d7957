import { useState } from "preact/hooks";
import type { FloatMap } from "../../../src/index.ts";
import { short } from "../../parts/numbers.ts";
import { setParams } from "../../store/link.ts";
import { alphaWords } from "../../strings/alpha.ts";
import type { LayerNumbers } from "./ask.ts";
import { chosenCell } from "./selection.ts";

interface CellSumProps {
  readonly numbers: LayerNumbers;
  /** The channels that are on, as they are shown. */
  readonly order: readonly number[];
  /** Their sum, as the GPU added it up. */
  readonly partial: FloatMap | undefined;
}

interface Term {
  readonly channel: number;
  readonly activation: number;
  readonly alpha: number;
  readonly product: number;
  readonly sum: number;
}

const page = 12;

/** Every number behind one cell of the map. */
export function CellSum({ numbers, order, partial }: CellSumProps) {
  const words = alphaWords();
  const [shown, setShown] = useState(page);
  const cell = chosenCell(numbers);
  const place = cell.row * numbers.width + cell.column;
  const terms = termsAt(numbers, order, place);
  const total = terms.at(-1)?.sum ?? 0;
  const left = terms.length - shown;
  return (
    <>
      <h2>{words.cellTitle(cell)}</h2>
      <p>{words.cellLead}</p>
      <div class="scroll">
        <table class="terms">
          <thead>
            <tr>
              {words.columns.map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {terms.slice(0, shown).map((term) => (
              <Row key={term.channel} term={term} />
            ))}
          </tbody>
        </table>
      </div>
      {left > 0 && (
        <button type="button" class="more" onClick={() => setShown(shown + 4 * page)}>
          {words.moreTerms(left)}
        </button>
      )}
      <dl class="total">
        <dt>{words.total(terms.length)}</dt>
        <dd data-fact="total">{short(total)}</dd>
        <dt>{words.onGpu}</dt>
        <dd data-fact="partial">{partial ? short(partial.data[place] ?? 0) : "…"}</dd>
        <dt>{words.rawCell}</dt>
        <dd data-fact="raw">{short(numbers.map.raw.data[place] ?? 0)}</dd>
      </dl>
    </>
  );
}

function Row({ term }: { readonly term: Term }) {
  const { channel, activation, alpha, product, sum } = term;
  const sign = product < 0 ? "down" : "up";
  return (
    <tr>
      <td>
        <button type="button" onClick={() => setParams({ channel })}>
          {channel}
        </button>
      </td>
      <td class="number">{short(activation)}</td>
      <td class="number">{short(alpha)}</td>
      <td class={`number ${product === 0 ? "" : sign}`}>{short(product)}</td>
      <td class="number">{short(sum)}</td>
    </tr>
  );
}

/** The products as the GPU made them, and their running sum. */
function termsAt(numbers: LayerNumbers, order: readonly number[], place: number): Term[] {
  const { channels, activations, products, map } = numbers;
  let sum = 0;
  return order.map((channel) => {
    const at = place * channels + channel;
    const product = products[at] ?? 0;
    sum += product;
    return { channel, activation: activations[at] ?? 0, alpha: map.alpha[channel] ?? 0, product, sum };
  });
}

import { statisticsOf, type TypedData } from "../../src/index.ts";
import { factsWords } from "../strings/values.ts";
import { percent, short } from "./numbers.ts";

/** How the numbers of a tensor spread. */
export interface Facts {
  /** Length: the root of the sum of squares. */
  readonly norm: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Shares of the values above 0, below 0, and 0. */
  readonly positive: number;
  readonly negative: number;
  readonly zero: number;
}

/** @param slices what was read of `rowStatistics` of one picture
 *  @param count how many values there were */
export function factsOf(slices: TypedData | undefined, count: number): Facts {
  const { sum, sumOfSquares, min, max, positive, negative } = statisticsOf(slices ?? new Float32Array(0), count);
  return {
    norm: Math.sqrt(sumOfSquares),
    mean: sum / count,
    min,
    max,
    positive: positive / count,
    negative: negative / count,
    zero: (count - positive - negative) / count,
  };
}

/** The numbers by name, and the signs as a bar. */
export function FactsTable({ facts }: { readonly facts: Facts }) {
  const words = factsWords();
  const numbers = (["norm", "mean", "min", "max"] as const).map((name) => [name, short(facts[name])] as const);
  const shares = (["positive", "negative", "zero"] as const).map((name) => [name, percent(facts[name])] as const);
  return (
    <div class="spread">
      <dl>
        {[...numbers, ...shares].map(([name, text]) => (
          <div key={name}>
            <dt>{words[name]}</dt>
            <dd data-fact={name}>{text}</dd>
          </div>
        ))}
      </dl>
      <div class="signs" aria-hidden="true">
        <span class="positive" style={{ width: `${100 * facts.positive}%` }} />
        <span class="negative" style={{ width: `${100 * facts.negative}%` }} />
      </div>
    </div>
  );
}

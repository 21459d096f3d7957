import { Formula } from "../../parts/formula.tsx";
import { MapView } from "../../parts/map-view.tsx";
import { percent, short } from "../../parts/numbers.ts";
import { againstIndex, classIndex, className, type SeedName, seedName } from "../../store/chosen.ts";
import { setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { pickerWords } from "../../strings/parts.ts";
import { seedWords } from "../../strings/seed.ts";
import type { Walked } from "./ask.ts";

interface CardProps {
  readonly one: Explained;
  readonly name: SeedName;
  readonly walked: Walked;
}

/** Entries of the seed that are written out. */
const MOST = 4;

/** One seed: what it is at the logits, what arrives at the layer, and the map. */
export function Card({ one, name, walked }: CardProps) {
  const words = seedWords();
  const isChosen = seedName.value === name;
  const { gradient, alpha, map } = walked;
  const title = pickerWords().seeds[name];
  return (
    <section class={`seed-card ${isChosen ? "chosen" : ""}`} aria-label={title} data-seed={name}>
      <h2>{title}</h2>
      <Formula tex={formulaOf(name, classIndex.value, againstIndex.value)} />
      <h3>{words.entries}</h3>
      <Entries seed={walked.seed} />
      <h3>{words.atLayer}</h3>
      <dl class="arrived">
        <dt>{words.norm}</dt>
        <dd data-fact="norm">{short(gradient?.norm ?? 0)}</dd>
        <dt>{words.signs}</dt>
        <dd>
          <span class="up">{percent(gradient?.positive ?? 0)}</span> ·{" "}
          <span class="down">{percent(gradient?.negative ?? 0)}</span>
        </dd>
        <dt>{words.alpha}</dt>
        <dd>
          {short(alpha.min)} … {short(alpha.max)}
        </dd>
      </dl>
      <MapView map={map} over={one.picture.image} title={title} />
      <button type="button" aria-pressed={isChosen} onClick={() => setParams({ seed: name })}>
        {words.everywhere}
      </button>
    </section>
  );
}

/** The largest entries of a seed, and what the others are. */
function Entries({ seed }: { readonly seed: Float32Array }) {
  const words = seedWords();
  const order = [...seed.keys()].filter((index) => seed[index] !== 0);
  const at = (index: number) => seed[index] ?? 0;
  order.sort((a, b) => Math.abs(at(b)) - Math.abs(at(a)) || at(b) - at(a));
  const shown = order.slice(0, MOST);
  const zeros = seed.length - order.length;
  return (
    <div class="entries">
      <dl class="pairs">
        {shown.map((index) => {
          const value = at(index);
          return [
            <dt key={`${index} name`}>{className(index)}</dt>,
            <dd key={`${index} value`} class={value < 0 ? "down" : "up"} data-entry={index}>
              {short(value)}
            </dd>,
          ];
        })}
      </dl>
      {order.length > MOST && <p class="soft">{words.smaller(order.length - MOST)}</p>}
      {zeros > 0 && <p class="soft">{words.zeros(zeros)}</p>}
    </div>
  );
}

function formulaOf(name: SeedName, index: number, against: number): string {
  if (name === "probability") return `y=p_{${index}}`;
  if (name === "difference") return `y=z_{${index}}-z_{${against}}`;
  return name === "negative" ? `y=-z_{${index}}` : `y=z_{${index}}`;
}

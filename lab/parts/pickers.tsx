import { againstIndex, classIndex, className, layer, predictionOf, seedName, seeds } from "../store/chosen.ts";
import { setParams } from "../store/link.ts";
import { explained } from "../store/session.ts";
import { pickerWords } from "../strings/parts.ts";
import { Choice, Pick } from "./controls.tsx";
import { percent } from "./numbers.ts";

/** How many classes a list offers: the most likely. */
const MOST = 30;

function classOptions(chosen: number): (readonly [string, string])[] {
  const likely = (explained.value?.predictions ?? []).slice(0, MOST).map(({ index }) => index);
  const indices = likely.includes(chosen) ? likely : [chosen, ...likely];
  return indices.map((index) => {
    const probability = predictionOf(index)?.probability;
    return [String(index), `${className(index)}${probability === undefined ? "" : ` (${percent(probability)})`}`];
  });
}

/** The class that is explained; it goes into the address. */
export function ClassPicker() {
  const index = classIndex.value;
  const choose = (value: string) => setParams({ class: value });
  return <Pick label={pickerWords().class} options={classOptions(index)} value={String(index)} onChange={choose} />;
}

/** The class that it is held against. */
export function AgainstPicker() {
  const index = againstIndex.value;
  const choose = (value: string) => setParams({ against: value });
  return <Pick label={pickerWords().against} options={classOptions(index)} value={String(index)} onChange={choose} />;
}

/** The layer at which maps are made; it goes into the address. */
export function LayerPicker() {
  const options = (explained.value?.layers ?? []).map((name) => [name, name] as const);
  const choose = (value: string) => setParams({ layer: value });
  return <Pick label={pickerWords().layer} options={options} value={layer.value} onChange={choose} />;
}

/** The kind of seed; it goes into the address. */
export function SeedPicker() {
  const words = pickerWords();
  const options = seeds.map((name) => [name, words.seeds[name]] as const);
  return (
    <>
      <Choice label={words.seed} options={options} value={seedName.value} onChange={(seed) => setParams({ seed })} />
      {seedName.value === "difference" && <AgainstPicker />}
    </>
  );
}

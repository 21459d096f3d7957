import { useId, useMemo, useState } from "preact/hooks";
import type { Prediction } from "../../../src/index.ts";
import { percent, short } from "../../parts/numbers.ts";
import { useResult } from "../../parts/use-result.ts";
import { classIndex, className, predictionOf } from "../../store/chosen.ts";
import { setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { lookWords } from "../../strings/look.ts";

const mostClasses = 5;

/** The likeliest classes, and any other by its name. */
export function Classes({ one }: { readonly one: Explained }) {
  const words = lookWords();
  const count = one.run.outputs.logits.shape.at(-1) ?? 0;
  return (
    <>
      <h2>{words.classes}</h2>
      <ol class="classes">
        {one.predictions.slice(0, mostClasses).map(({ index, probability }) => (
          <li key={index}>
            <button type="button" aria-pressed={index === classIndex.value} onClick={() => setParams({ class: index })}>
              <span>{className(index)}</span>
              <meter aria-label={className(index)} value={probability} />
              <span class="number">{percent(probability)}</span>
            </button>
          </li>
        ))}
      </ol>
      <Chosen one={one} count={count} />
      <Search count={count} />
    </>
  );
}

/** The exact numbers of the chosen class, which may be one of those that were not read yet. */
function Chosen({ one, count }: { readonly one: Explained; readonly count: number }) {
  const words = lookWords();
  const index = classIndex.value;
  const { value } = useResult(async (): Promise<Prediction | undefined> => {
    const known = predictionOf(index);
    return known ?? (await one.run.predictions(count)).find((prediction) => prediction.index === index);
  }, [one, index]);
  return (
    <p class="chosen-class">
      {words.chosen(className(index))}
      {value?.index === index && words.numbers(short(value.logit), percent(value.probability))}
    </p>
  );
}

function Search({ count }: { readonly count: number }) {
  const words = lookWords();
  const id = useId();
  const [text, setText] = useState("");
  const [missed, setMissed] = useState("");
  const names = Array.from({ length: count }, (_, index) => className(index));
  const known = names.join("\n");
  const list = useMemo(
    () => (
      <datalist id={`${id}-list`}>
        {names.map((name, index) => (
          <option key={index} value={`${name} (${index})`} />
        ))}
      </datalist>
    ),
    [known],
  );
  const choose = (index: number) => {
    setParams({ class: index });
    setText("");
    setMissed("");
  };
  const onInput = (typed: string) => {
    const index = names.findIndex((name, i) => `${name} (${i})` === typed);
    setMissed("");
    if (index < 0) setText(typed);
    else choose(index);
  };
  const onEnter = () => {
    const index = findClass(names, text);
    if (index < 0) setMissed(text);
    else choose(index);
  };
  return (
    <form
      class="field"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") onEnter();
      }}
    >
      <label for={id}>{words.search(count)}</label>
      <input
        id={id}
        list={`${id}-list`}
        autocomplete="off"
        value={text}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {list}
      <p class="missed soft" role="status">
        {missed !== "" && words.noClass(missed)}
      </p>
    </form>
  );
}

/** The class whose name is the text, else begins with it, else holds it; -1 where none does. */
function findClass(names: readonly string[], text: string): number {
  const plain = (name: string) => name.trim().toLowerCase().replaceAll("_", " ");
  const [asked, all] = [plain(text), names.map(plain)];
  const found = [
    all.indexOf(asked),
    all.findIndex((name) => name.startsWith(asked)),
    all.findIndex((name) => name.includes(asked)),
  ];
  return found.find((index) => index >= 0) ?? -1;
}

import { Answer } from "../parts/answer.tsx";
import { Choice, Reveal } from "../parts/controls.tsx";
import { Formula } from "../parts/formula.tsx";
import { ClassPicker, LayerPicker, SeedPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import { layer, target } from "../store/chosen.ts";
import { setParams } from "../store/link.ts";
import type { Explained } from "../store/session.ts";
import { alphaWords } from "../strings/alpha.ts";
import type { AskingProps } from "../views.ts";
import { askLayer, askSum, type LayerNumbers } from "./alpha/ask.ts";
import { Bars } from "./alpha/bars.tsx";
import { CellSum } from "./alpha/cell-sum.tsx";
import { OneChannel } from "./alpha/one-channel.tsx";
import { Partial } from "./alpha/partial.tsx";
import {
  chosenAlpha,
  chosenChannel,
  chosenSort,
  isOn,
  select,
  selectionOf,
  shownOrder,
  sorts,
  withSwitched,
} from "./alpha/selection.ts";
import { Switches } from "./alpha/switches.tsx";

/** Grad-CAM, put together by hand: gradients, their mean, and the sum that it weighs. */
export function AlphaBuilder({ one }: AskingProps) {
  const words = alphaWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <Formula
        block
        tex="\alpha_k=\frac{1}{Z}\sum_{i,j}\frac{\partial y}{\partial A^k_{ij}},\qquad M_{ij}=\sum_k\alpha_k\,A^k_{ij}"
      />
      <div class="controls">
        <ClassPicker />
        <LayerPicker />
        <SeedPicker />
      </div>
      <Asked one={one} />
    </>
  );
}

function Asked({ one }: { readonly one: Explained }) {
  const asked = { target: target.value, layer: layer.value };
  const result = useResult(() => askLayer(one.run, asked), [one, asked.target, asked.layer]);
  return (
    <div class="alpha">
      <Answer result={result}>{(numbers) => <Builder one={one} numbers={numbers} />}</Answer>
    </div>
  );
}

interface BuilderProps {
  readonly one: Explained;
  readonly numbers: LayerNumbers;
}

function Builder({ one, numbers }: BuilderProps) {
  const words = alphaWords();
  const selection = selectionOf(numbers);
  const at = numbers.map.provenance.layer ?? "";
  const alpha = chosenAlpha(selection, numbers);
  const result = useResult(() => askSum(one.run, { layer: at, alpha }), [one, numbers, alpha.join()]);
  const order = shownOrder(numbers);
  const on = (channel: number) => isOn(selection, channel, numbers);
  const channel = chosenChannel(numbers);
  return (
    <>
      <OneChannel numbers={numbers} channel={channel} order={order} />
      <h2>{words.barsTitle}</h2>
      <p>{words.barsLead}</p>
      <Choice
        label={words.sort}
        options={sorts.map((name) => [name, words.sorts[name]] as const)}
        value={chosenSort()}
        onChange={(sort) => setParams({ sort: sort === "size" ? undefined : sort })}
      />
      <Bars
        alpha={numbers.map.alpha}
        order={order}
        isOn={on}
        chosen={channel}
        onChoose={(next) => setParams({ channel: next })}
        onSwitch={(next) => {
          setParams({ channel: next });
          select(withSwitched(selection, next), numbers);
        }}
      />
      <Switches numbers={numbers} selection={selection} isSettled={!result.pending} />
      <Partial one={one} numbers={numbers} result={result} count={order.filter(on).length} />
      <CellSum numbers={numbers} order={order.filter(on)} partial={result.value} />
      <Reveal question={words.question}>
        <p>{words.answer}</p>
      </Reveal>
    </>
  );
}

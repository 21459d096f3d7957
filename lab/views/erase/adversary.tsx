import { useMemo } from "preact/hooks";
import { type FloatMap, type HeatMap, type Image, overlay, type Size } from "../../../src/index.ts";
import { Answer } from "../../parts/answer.tsx";
import { Reveal, Slider } from "../../parts/controls.tsx";
import { percent } from "../../parts/numbers.ts";
import { Picture } from "../../parts/picture.tsx";
import { useResult } from "../../parts/use-result.ts";
import { classIndex, className, layer, target } from "../../store/chosen.ts";
import { numberParam, setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { colormap } from "../../store/settings.ts";
import { eraseWords } from "../../strings/erase.ts";
import { probabilityOf } from "./bars.tsx";
import { type Fill, replaced, standIn } from "./mask.ts";
import { lookAgain } from "./second-look.ts";

/** The paper's delta, in per cent. */
const usual = 60;

interface TwoLooks {
  readonly first: FloatMap;
  /** The picture without what the first look found. */
  readonly without: Image;
  readonly second: FloatMap;
  readonly union: FloatMap;
  readonly probability: number;
}

/** A map from its least to its greatest value as 0 to 1. */
const spread = (map: HeatMap, { width, height }: Size) => map.heatmap({ width, height, relu: "none" });

/** ACoL's idea on a finished network: what the first look finds is erased before the second. */
export function Adversary({ one, map, fill }: { one: Explained; map: HeatMap; fill: Fill }) {
  const words = eraseWords();
  const percentage = Math.min(100, Math.max(1, numberParam("delta") ?? usual));
  const result = useResult(async (): Promise<TwoLooks> => {
    const { image } = one.picture;
    const delta = percentage / 100;
    const first = spread(map, image);
    const without = replaced(image, standIn(image, fill), (pixel) => (first.data[pixel] ?? 0) >= delta);
    const again = await lookAgain(one.model, without, { target: target.value, layer: layer.value });
    const second = spread(again.map, image);
    const union = { ...first, data: first.data.map((value, i) => Math.max(value, second.data[i] ?? 0)) };
    return { first, without, second, union, probability: probabilityOf(again.predictions, classIndex.value) };
  }, [one, map, fill, percentage, target.value, layer.value]);
  return (
    <section aria-labelledby="adversary">
      <h2 id="adversary">{words.adversary}</h2>
      <p>{words.adversaryLead}</p>
      <div class="controls">
        <Slider
          label={words.delta}
          min={5}
          max={95}
          step={5}
          value={percentage}
          show={(percentage / 100).toFixed(2)}
          onInput={(value) => setParams({ delta: value === usual ? undefined : value })}
        />
      </div>
      <div class="reserved">
        <Answer result={result}>{(looks) => <Looks one={one} looks={looks} delta={percentage / 100} />}</Answer>
      </div>
      <p class="soft">{words.adversaryHonest}</p>
      <Reveal question={words.adversaryQuestion}>
        <p>{words.adversaryAnswer}</p>
      </Reveal>
    </section>
  );
}

function Looks({ one, looks, delta }: { one: Explained; looks: TwoLooks; delta: number }) {
  const words = eraseWords();
  const { image } = one.picture;
  const before = probabilityOf(one.predictions, classIndex.value);
  return (
    <>
      <div class="grid">
        <Over title={words.firstLook} image={image} map={looks.first} />
        <figure>
          <Picture image={looks.without} alt={words.without} />
          <figcaption>
            <strong>{words.without}</strong>
          </figcaption>
        </figure>
        <Over title={words.secondLook} image={image} map={looks.second} />
        <Over title={words.union} image={image} map={looks.union} />
      </div>
      <p data-looks>
        {words.looks({
          name: className(classIndex.value),
          before: percent(before),
          after: percent(looks.probability),
          first: percent(shareAbove(looks.first, delta)),
          union: percent(shareAbove(looks.union, delta)),
        })}
      </p>
    </>
  );
}

function Over({ title, image, map }: { readonly title: string; readonly image: Image; readonly map: FloatMap }) {
  const name = colormap.value;
  const shown = useMemo(() => overlay(image, map, { colormap: name }), [image, map, name]);
  return (
    <figure>
      <Picture image={shown} alt={title} />
      <figcaption>
        <strong>{title}</strong>
      </figcaption>
    </figure>
  );
}

function shareAbove({ data }: FloatMap, delta: number): number {
  return data.reduce((count, value) => count + (value >= delta ? 1 : 0), 0) / data.length;
}

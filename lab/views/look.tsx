import { Answer } from "../parts/answer.tsx";
import { Pick } from "../parts/controls.tsx";
import { MapView } from "../parts/map-view.tsx";
import { percent } from "../parts/numbers.ts";
import { LayerPicker, SeedPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import { builtInModels, catalogueWords, isModelName, isSampleName, samples } from "../store/catalogue.ts";
import { className, classIndex, layer, target } from "../store/chosen.ts";
import { param, setParams } from "../store/link.ts";
import { type Explained, explained, openBuiltIn, openSample, ownModel } from "../store/session.ts";
import { lookWords } from "../strings/look.ts";

const mostClasses = 5;

export function Look() {
  const words = lookWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <div class="controls">
        <ModelPicker />
        <PicturePicker />
        {explained.value && <LayerPicker />}
      </div>
      {explained.value && <Shown one={explained.value} />}
    </>
  );
}

function ModelPicker() {
  const names = catalogueWords().models;
  const own = ownModel.value;
  const options = (Object.keys(builtInModels) as (keyof typeof builtInModels)[]).map(
    (name) => [name, names[name]] as const,
  );
  const chosen = own ?? (isModelName(param("model")) ? param("model") : undefined) ?? "efficientnet-lite0";
  return (
    <Pick
      label={lookWords().model}
      options={own === undefined ? options : [[own, own], ...options]}
      value={chosen}
      onChange={(name) => {
        if (isModelName(name)) void openBuiltIn(name);
      }}
    />
  );
}

function PicturePicker() {
  const names = catalogueWords().samples;
  const current = explained.value?.picture.name;
  const options = (Object.keys(samples) as (keyof typeof samples)[]).map((name) => [name, names[name]] as const);
  const isOwn = current !== undefined && !isSampleName(current);
  return (
    <Pick<string>
      label={lookWords().picture}
      options={isOwn ? [[current, current], ...options] : options}
      value={current ?? ""}
      onChange={(name) => {
        if (isSampleName(name)) void openSample(name);
      }}
    />
  );
}

function Shown({ one }: { readonly one: Explained }) {
  const words = lookWords();
  const result = useResult(
    async () => one.run.gradCam({ target: target.value, layer: layer.value }),
    [one, target.value, layer.value],
  );
  return (
    <div class="look">
      <Answer result={result}>{(map) => <MapView map={map} over={one.picture.image} title={words.heat} />}</Answer>
      <div>
        <SeedPicker />
        <h2>{words.classes}</h2>
        <ol class="classes">
          {one.predictions.slice(0, mostClasses).map(({ index, probability }) => (
            <li key={index}>
              <button
                type="button"
                aria-pressed={index === classIndex.value}
                onClick={() => setParams({ class: index })}
              >
                <span>{className(index)}</span>
                <meter aria-label={className(index)} value={probability} />
                <span class="number">{percent(probability)}</span>
              </button>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

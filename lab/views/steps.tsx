import { useMemo } from "preact/hooks";
import { type FloatMap, type HeatMap, type Image, overlay } from "../../src/index.ts";
import { Answer } from "../parts/answer.tsx";
import { type Cell, CellMap } from "../parts/cell-map.tsx";
import { Choice, Reveal } from "../parts/controls.tsx";
import { short } from "../parts/numbers.ts";
import { ClassPicker, LayerPicker, SeedPicker } from "../parts/pickers.tsx";
import { PlaneOfNumbers } from "../parts/plane-of-numbers.tsx";
import { useResult } from "../parts/use-result.ts";
import { layer, target } from "../store/chosen.ts";
import { param, setParams } from "../store/link.ts";
import { colormap } from "../store/settings.ts";
import { stepsWords } from "../strings/steps.ts";
import type { AskingProps } from "../views.ts";
import { Boxes } from "./steps/boxes.tsx";
import {
  type Choices,
  heatOf,
  largestDifference,
  normalises,
  relus,
  resizes,
  stepsOf,
  usual,
} from "./steps/pipeline.ts";
import { StepPictures } from "./steps/step-pictures.tsx";

export function Steps({ one }: AskingProps) {
  const words = stepsWords();
  const result = useResult(
    async () => ({
      map: await one.run.gradCam({ target: target.value, layer: layer.value }),
      picture: one.picture.image,
    }),
    [one, target.value, layer.value],
  );
  return (
    <>
      <p class="lead">{words.lead}</p>
      <div class="controls">
        <ClassPicker />
        <LayerPicker />
        <SeedPicker />
      </div>
      <div class="steps">
        <Answer result={result}>{({ map, picture }) => <FromRaw map={map} picture={picture} />}</Answer>
      </div>
    </>
  );
}

/** What the address says of the steps; the usual where it says nothing. */
function choicesOf(): Choices {
  return {
    relu: relus.find((name) => name === param("relu")) ?? usual.relu,
    resize: resizes.find((name) => name === param("resize")) ?? usual.resize,
    normalise: normalises.find((name) => name === param("normalise")) ?? usual.normalise,
  };
}

interface FromRawProps {
  readonly map: HeatMap;
  readonly picture: Image;
}

function FromRaw({ map, picture }: FromRawProps) {
  const words = stepsWords();
  const { relu, resize, normalise } = choicesOf();
  const steps = useMemo(
    () => stepsOf(map.raw, picture, { relu, resize, normalise }),
    [map, picture, relu, resize, normalise],
  );
  const heat = heatOf(steps, map.raw);
  const plain = useMemo(() => map.heatmap({ width: picture.width, height: picture.height }), [map, picture]);
  const colours = colormap.value;
  const over = useMemo(() => overlay(picture, heat, { colormap: colours }), [picture, heat, colours]);
  return (
    <>
      <Raw map={map} />
      <h2>{words.picturesTitle}</h2>
      <ChoiceBars choices={{ relu, resize, normalise }} />
      <StepPictures steps={steps} over={over} />
      <p class="changed">{words.changed(short(largestDifference(heat, plain)))}</p>
      <Reveal question={words.reluQuestion}>
        <p>{words.reluAnswer}</p>
      </Reveal>
      <h2>{words.boxTitle}</h2>
      <Boxes heat={heat} over={over} />
      <Reveal question={words.question}>
        <p>{words.answer}</p>
      </Reveal>
    </>
  );
}

function ChoiceBars({ choices }: { readonly choices: Choices }) {
  const words = stepsWords();
  return (
    <div class="controls">
      <Choice
        label={words.relu}
        options={relus.map((name) => [name, words.relus[name]] as const)}
        value={choices.relu}
        onChange={(relu) => setParams({ relu })}
      />
      <Choice
        label={words.resize}
        options={resizes.map((name) => [name, words.resizes[name]] as const)}
        value={choices.resize}
        onChange={(resize) => setParams({ resize })}
      />
      <Choice
        label={words.normalise}
        options={normalises.map((name) => [name, words.normalises[name]] as const)}
        value={choices.normalise}
        onChange={(normalise) => setParams({ normalise })}
      />
    </div>
  );
}

/** The address's cell; that of the maximum where it has none. */
function chosenCell({ width, height, data }: FloatMap): Cell {
  const [, row, column] = /^(\d+)\.(\d+)$/.exec(param("cell") ?? "") ?? [];
  if (Number(row) < height && Number(column) < width) return { row: Number(row), column: Number(column) };
  const best = data.indexOf(Math.max(...data));
  return { row: Math.floor(best / width), column: best % width };
}

/** The map before anything is done to it: as colours, and as numbers. */
function Raw({ map: { raw } }: { readonly map: HeatMap }) {
  const words = stepsWords();
  const chosen = chosenCell(raw);
  const onChoose = ({ row, column }: Cell) => setParams({ cell: `${row}.${column}` });
  const value = short(raw.data[chosen.row * raw.width + chosen.column] ?? 0);
  return (
    <>
      <h2>{words.rawTitle}</h2>
      <div class="raw">
        <CellMap
          values={raw.data}
          width={raw.width}
          height={raw.height}
          label={words.rawLabel(chosen.row, chosen.column, value)}
          chosen={chosen}
          onChoose={onChoose}
        />
        <PlaneOfNumbers
          values={raw.data}
          width={raw.width}
          height={raw.height}
          caption={words.rawCaption(`${raw.height} × ${raw.width}`)}
          chosen={chosen}
          onChoose={onChoose}
        />
      </div>
    </>
  );
}

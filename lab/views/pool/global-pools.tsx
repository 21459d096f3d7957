import { useMemo } from "preact/hooks";
import { Answer } from "../../parts/answer.tsx";
import { Reveal, Slider } from "../../parts/controls.tsx";
import { Formula } from "../../parts/formula.tsx";
import { NumberGrid } from "../../parts/number-grid.tsx";
import { short } from "../../parts/numbers.ts";
import { LayerPicker } from "../../parts/pickers.tsx";
import { channelOf } from "../../parts/signed.ts";
import { useResult } from "../../parts/use-result.ts";
import { layer } from "../../store/chosen.ts";
import { numberParam, setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { poolWords } from "../../strings/pool.ts";
import { Framed } from "./framed.tsx";
import { type Global, readGlobal } from "./read-global.ts";
import { strongest } from "./read-pool.ts";

/** How global average pooling spreads a gradient, and global max pooling does not. */
export function GlobalPools({ one }: { readonly one: Explained }) {
  const words = poolWords();
  const chosen = layer.value;
  const result = useResult(async () => readGlobal(one, chosen), [one, chosen]);
  return (
    <>
      <p>{words.globalLead}</p>
      <div class="controls">
        <LayerPicker />
      </div>
      <Answer result={result}>{(global) => <Shown global={global} />}</Answer>
      <Reveal question={words.globalQuestion}>
        <p>{words.globalAnswer}</p>
        <Formula
          tex="y = \tfrac{1}{Z}\sum_{ij} A_{ij} \;\Rightarrow\; \frac{\partial y}{\partial A_{ij}} = \tfrac{1}{Z}"
          block
        />
      </Reveal>
    </>
  );
}

function Shown({ global }: { readonly global: Global }) {
  const words = poolWords();
  const { shape, features, average, maximum } = global;
  const [height, width, channels] = shape;
  const best = useMemo(() => clearest(global), [global]);
  const asked = numberParam("map");
  const channel = asked !== undefined && asked < channels ? asked : best;
  const planes = useMemo(() => {
    const plane = (values: ArrayLike<number>) => channelOf(values, { channels, channel });
    return { a: plane(features), byMean: plane(average.dx), byMax: plane(maximum.dx) };
  }, [global, channels, channel]);
  const { a, byMean, byMax } = planes;
  const spike = strongest(byMax);
  const tied = byMax.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  const size = { width, height };
  const part = { row: Math.floor(spike / width), column: spike % width, width: 1, height: 1 };
  return (
    <>
      <div class="controls">
        <Slider
          label={words.channel}
          value={channel}
          min={0}
          max={channels - 1}
          onInput={(value) => setParams({ map: value })}
        />
      </div>
      <div class="global-pools">
        <section>
          <Framed values={a} title={words.features} part={part} {...size} />
          <Cells title={words.features} values={a} size={size} />
        </section>
        <section data-spread={`${average.y[channel]} ${byMean[0]}`}>
          <Framed values={byMean} title={words.spread} most={1} {...size} />
          <div>
            <p>{words.mean(short(average.y[channel] ?? 0), width * height, short(byMean[0] ?? 0))}</p>
            <Cells title={words.spread} values={byMean} size={size} most={1} />
          </div>
        </section>
        <section data-spike={`${maximum.y[channel]} ${part.row} ${part.column}`}>
          <Framed values={byMax} title={words.spike} most={1} part={part} {...size} />
          <div>
            <p>{words.max(short(maximum.y[channel] ?? 0), tied, short(byMax[spike] ?? 0))}</p>
            <Cells title={words.spike} values={byMax} size={size} most={1} />
          </div>
        </section>
      </div>
    </>
  );
}

/** The channel with the largest value that is in one place alone. */
function clearest({ features, maximum, shape }: Global): number {
  return strongest(Float32Array.from(features, (value, i) => (maximum.dx[i] === 1 ? value : 0))) % shape[2];
}

/** Maps up to this many cells wide are written out. */
const widest = 7;

interface CellsProps {
  readonly title: string;
  readonly values: Float32Array;
  readonly size: { readonly width: number; readonly height: number };
  readonly most?: number;
}

function Cells({ title, values, size, most }: CellsProps) {
  if (size.width > widest || size.height > widest) return null;
  const largest = Math.max(...values);
  const alike = values.every((value) => value === largest);
  const marked = (i: number) => !alike && values[i] === largest;
  return (
    <div class="scroll small-numbers">
      <NumberGrid
        title={title}
        values={values}
        width={size.width}
        marked={marked}
        {...(most === undefined ? {} : { most })}
      />
    </div>
  );
}

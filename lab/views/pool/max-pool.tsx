import { useMemo } from "preact/hooks";
import { Answer } from "../../parts/answer.tsx";
import { type Cell, CellMap } from "../../parts/cell-map.tsx";
import { Pick, Reveal, Slider } from "../../parts/controls.tsx";
import { Formula } from "../../parts/formula.tsx";
import { NumberGrid } from "../../parts/number-grid.tsx";
import { short } from "../../parts/numbers.ts";
import { channelOf } from "../../parts/signed.ts";
import { useResult } from "../../parts/use-result.ts";
import { target } from "../../store/chosen.ts";
import { numberParam, param, setParams } from "../../store/link.ts";
import { type Explained, openBuiltIn } from "../../store/session.ts";
import { poolWords } from "../../strings/pool.ts";
import { Framed } from "./framed.tsx";
import { cut, type Pool, poolsOf, readPool, seenBy, strongest } from "./read-pool.ts";

/** How a max pool of the network sends the gradient back. */
export function MaxPool({ one }: { readonly one: Explained }) {
  const words = poolWords();
  const pools = poolsOf(one);
  const asked = param("node");
  const node = pools.find(({ label }) => label === asked) ?? pools.at(-1);
  const chosen = target.value;
  const result = useResult(node && (() => readPool(one, node, chosen)), [one, node?.index, chosen]);
  if (!node)
    return (
      <div class="message">
        <p>{words.noPool(one.model.name)}</p>
        <button type="button" onClick={() => void openBuiltIn("mnist")}>
          {words.openDigits}
        </button>
      </div>
    );
  return (
    <>
      <div class="controls">
        <Pick
          label={words.pool}
          options={pools.map(({ label }) => [label, label] as const)}
          value={node.label}
          onChange={(label) => setParams({ node: label, channel: undefined, row: undefined, col: undefined })}
        />
      </div>
      <Answer result={result}>{(pool) => <Shown pool={pool} />}</Answer>
    </>
  );
}

/** What the address asks for where the pool has it, else where most comes back to something that was there: y times dy. */
function useChoice({ y, dy, outer }: Pool): { channel: number; cell: Cell } {
  const [height, width, channels] = outer;
  const told = useMemo(() => Float32Array.from(dy, (value, i) => value * (y[i] ?? 0)), [y, dy]);
  const channel = below(numberParam("channel"), channels) ?? strongest(told) % channels;
  const place = useMemo(() => strongest(channelOf(told, { channels, channel })), [told, channels, channel]);
  const row = below(numberParam("row"), height) ?? Math.floor(place / width);
  return { channel, cell: { row, column: below(numberParam("col"), width) ?? place % width } };
}

const below = (value: number | undefined, end: number) => (value !== undefined && value < end ? value : undefined);

function Shown({ pool }: { readonly pool: Pool }) {
  const words = poolWords();
  const { channel, cell } = useChoice(pool);
  const [height, width, channels] = pool.outer;
  const planes = useMemo(() => {
    const plane = (values: ArrayLike<number>) => channelOf(values, { channels, channel });
    return { x: plane(pool.x), dy: plane(pool.dy), dx: plane(pool.dx), relaxed: plane(pool.relaxed) };
  }, [pool, channels, channel]);
  const seen = seenBy(pool, cell);
  const { x, dy, dx, relaxed } = planes;
  const inner = { width: pool.inner[1], height: pool.inner[0], part: seen };
  return (
    <>
      <div class="controls">
        <Slider
          label={words.channel}
          value={channel}
          min={0}
          max={channels - 1}
          onInput={(value) => setParams({ channel: value, row: undefined, col: undefined })}
        />
      </div>
      <div class="pool">
        <figure>
          <CellMap
            values={dy}
            width={width}
            height={height}
            label={words.chosen(cell.row, cell.column, short(dy[cell.row * width + cell.column] ?? 0))}
            chosen={cell}
            onChoose={({ row, column }) => setParams({ channel, row, col: column })}
          />
          <figcaption>{words.dyMap}</figcaption>
        </figure>
        <Framed values={x} title={words.xMap} {...inner} />
        <Framed values={dx} title={words.dxMap} {...inner} />
        <Framed values={relaxed} title={words.relaxedMap} {...inner} />
      </div>
      <Window pool={pool} planes={planes} cell={cell} />
      <Reveal question={words.switchQuestion}>
        <p>{words.switchAnswer}</p>
      </Reveal>
    </>
  );
}

type Planes = Readonly<Record<"x" | "dy" | "dx" | "relaxed", Float32Array>>;

/** One window in numbers, and what its channel adds up to. */
function Window({ pool, planes, cell }: { readonly pool: Pool; readonly planes: Planes; readonly cell: Cell }) {
  const words = poolWords();
  const seen = seenBy(pool, cell);
  const { x, dy, dx, relaxed } = planes;
  const extent = pool.inner[1];
  const [given, back, shared] = [cut(x, extent, seen), cut(dx, extent, seen), cut(relaxed, extent, seen)];
  const winner = given.indexOf(Math.max(...given));
  const arriving = dy[cell.row * pool.outer[1] + cell.column] ?? 0;
  const most = Math.max(Math.abs(arriving), ...back.map(Math.abs));
  const grid = { width: seen.width, marked: (i: number) => i === winner };
  const passed = dx.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  return (
    <>
      <h3>{words.window(cell.row, cell.column, seen)}</h3>
      <div class="window-numbers scroll">
        <NumberGrid title={words.given} values={given} {...grid} />
        <NumberGrid title={words.arriving} values={[arriving]} width={1} most={most} />
        <NumberGrid title={words.back} values={back} most={most} {...grid} />
        <NumberGrid title={words.shared} values={shared} width={seen.width} most={most} />
      </div>
      <p>
        <Formula tex="dx_i = dy \cdot [\, i = \operatorname{argmax}_j x_j \,]" />
        {" · "}
        <Formula tex={`dx_i^{\\text{relaxed}} = dy / ${seen.width * seen.height}`} />
      </p>
      <p data-sums={`${sum(dy)} ${sum(dx)} ${sum(relaxed)}`}>
        {words.sums(short(sum(dy)), short(sum(dx)), short(sum(relaxed)))} {words.reached(passed, dx.length)}
      </p>
    </>
  );
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

import { useState } from "preact/hooks";
import { type Image, NotDefinedError, type Run, type Target } from "../../../src/index.ts";
import { Busy } from "../../parts/controls.tsx";
import { short } from "../../parts/numbers.ts";
import { useResult } from "../../parts/use-result.ts";
import { param, setParams } from "../../store/link.ts";
import { compareWords } from "../../strings/compare.ts";
import { resultWords } from "../../strings/parts.ts";
import { Cell, Shown } from "./cell.tsx";
import type { Asked, Column, Kind } from "./columns.ts";
import { cursor } from "./cursor.ts";
import { type AnyMap, type MethodName, methodOf, valueAt } from "./methods.ts";

interface RowProps {
  readonly name: MethodName;
  readonly kind: Kind;
  readonly columns: readonly Column[];
  readonly backdrop: Image;
  /** Leaves the method out. */
  readonly onDrop: () => void;
}

/** One method's maps, all from the one recording. */
export function Row({ name, kind, columns, backdrop, onDrop }: RowProps) {
  const words = compareWords();
  const { layered, slow } = methodOf(name);
  const { value: maps, pending, error, share } = useMaps({ name, kind, columns });
  const [openName, openColumn] = (param("open") ?? "").split("/");
  const open = openName === name ? columns.findIndex((column) => column.name === openColumn) : -1;
  const opened = maps?.[open];
  const count = columns.length;
  // a network that has just come is asked with the next frame
  const isNew = kind === "models" && columns.some(({ asked }, i) => asked && maps?.[i] === undefined);
  const title = (i: number) => `${words.methods[name]}, ${columns[i]?.title ?? ""}`;
  const cancel = slow ? { cancel: { label: words.stop, onClick: onDrop } } : {};
  return (
    <>
      <tr data-method={name} aria-busy={pending || (isNew && error === undefined)}>
        <th scope="row">
          {words.methods[name]}
          {pending && <Busy label={resultWords().working} share={share} {...cancel} />}
        </th>
        {error !== undefined && (
          <td colSpan={count}>
            <p class="refused" role="alert">
              {error}
            </p>
          </td>
        )}
        {error === undefined &&
          columns.map((column, i) => (
            <td key={column.name}>
              <Place
                map={maps?.[i]}
                same={kind === "layers" && !layered && i > 0}
                title={title(i)}
                backdrop={backdrop}
                open={i === open}
                onOpen={() => setParams({ open: i === open ? undefined : `${name}/${column.name}` })}
              />
            </td>
          ))}
      </tr>
      {typeof opened === "object" && <Large map={opened} title={title(open)} backdrop={backdrop} span={count + 1} />}
    </>
  );
}

/** A map, or why there is none; undefined while its network is loading. */
type Answered = AnyMap | string | undefined;

/** Maps of all classes in one question, or of each layer or network by itself. */
function useMaps({ name, kind, columns }: Pick<RowProps, "name" | "kind" | "columns">) {
  const { ask, layered } = methodOf(name);
  const [share, setShare] = useState<number>();
  const result = useResult<readonly Answered[]>(
    async (signal) => {
      setShare(undefined);
      const passes = { signal, onProgress: (done: number, total: number) => setShare(done / total) };
      const asked = columns.map((column) => column.asked);
      const [first] = asked;
      if (!first) return [];
      if (kind === "classes") {
        const target = asked.flatMap((one) => one?.target ?? []);
        return await ask(first.run, { ...passes, layer: first.layer, target });
      }
      const each = kind === "layers" && !layered ? [first] : asked;
      return await Promise.all(each.map((one) => one && mapOf(one, (run, more) => ask(run, { ...passes, ...more }))));
    },
    [name, kind, columns.map(({ asked }) => keyOf(asked)).join()],
  );
  return { ...result, share };
}

async function mapOf(
  { run, layer, target }: Asked,
  ask: (run: Run, asked: { layer: string; target: readonly Target[] }) => Promise<readonly AnyMap[]>,
): Promise<Answered> {
  try {
    const [map] = await ask(run, { layer, target: [target] });
    return map;
  } catch (error) {
    // what is not defined for one network may be for the next
    if (error instanceof NotDefinedError) return error.message;
    throw error;
  }
}

function keyOf(asked: Asked | undefined): string {
  return asked ? `${asked.run.input.id} ${asked.target.name} ${asked.layer}` : "";
}

interface PlaceProps {
  readonly map: Answered;
  /** Whether this method knows no layers, and so has said everything in the first column. */
  readonly same: boolean;
  readonly title: string;
  readonly backdrop: Image;
  readonly open: boolean;
  readonly onOpen: () => void;
}

function Place({ map, same, ...cell }: PlaceProps) {
  if (same) return <p class="soft">{compareWords().noLayer}</p>;
  if (!map) return <div class="empty-cell" />;
  if (typeof map === "string") return <p class="refused">{map}</p>;
  return <Cell map={map} {...cell} />;
}

function Large({ map, title, backdrop, span }: { map: AnyMap; title: string; backdrop: Image; span: number }) {
  const words = compareWords();
  const { provenance } = map;
  const at = cursor.value;
  const facts = [
    [words.network, provenance.model],
    [words.explained, provenance.target],
    [words.layer, provenance.layer ?? words.none],
    [words.rule, provenance.rule],
    [words.size, "raw" in map ? `${map.raw.width} × ${map.raw.height}` : `${map.width} × ${map.height}`],
    [words.range, `${short(map.min)} … ${short(map.max)}`],
    [words.here, short(valueAt(map, at))],
    ...Object.entries(provenance.options ?? {}).map(([name, value]) => [name, String(value)] as const),
  ] as const;
  return (
    <tr class="large">
      <td colSpan={span}>
        <div>
          <div class="frame">
            <Shown map={map} backdrop={backdrop} title={title} />
            <span class="cross" style={{ left: `${100 * at.x}%`, top: `${100 * at.y}%` }} />
          </div>
          <dl class="measured">
            <div>
              <dt>{title}</dt>
            </div>
            {facts.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd class="number">{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      </td>
    </tr>
  );
}

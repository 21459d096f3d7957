import { useState } from "preact/hooks";
import type { Image } from "../../../src/index.ts";
import { Busy } from "../../parts/controls.tsx";
import { short } from "../../parts/numbers.ts";
import { useResult } from "../../parts/use-result.ts";
import { param, setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { compareWords } from "../../strings/compare.ts";
import { resultWords } from "../../strings/parts.ts";
import { Cell, Shown } from "./cell.tsx";
import type { Column, Kind } from "./columns.ts";
import { cursor } from "./cursor.ts";
import { type AnyMap, type MethodName, methodOf, valueAt } from "./methods.ts";

interface RowProps {
  readonly one: Explained;
  readonly name: MethodName;
  readonly kind: Kind;
  readonly columns: readonly Column[];
  readonly backdrop: Image;
  /** Leaves the method out. */
  readonly onDrop: () => void;
}

/** One method's maps, all from the one recording. */
export function Row({ one, name, kind, columns, backdrop, onDrop }: RowProps) {
  const words = compareWords();
  const { layered, slow } = methodOf(name);
  const { value: maps, pending, error, share } = useMaps({ one, name, kind, columns });
  const [openName, openColumn] = (param("open") ?? "").split("/");
  const open = openName === name ? columns.findIndex((column) => column.name === openColumn) : -1;
  const opened = maps?.[open];
  const title = (i: number) => `${words.methods[name]}, ${columns[i]?.title ?? ""}`;
  const cancel = slow ? { cancel: { label: words.stop, onClick: onDrop } } : {};
  return (
    <>
      <tr data-method={name} aria-busy={pending}>
        <th scope="row">
          {words.methods[name]}
          {pending && <Busy label={resultWords().working} share={share} {...cancel} />}
        </th>
        {error !== undefined && (
          <td colSpan={columns.length}>
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
      {opened && <Large map={opened} title={title(open)} backdrop={backdrop} span={columns.length + 1} />}
    </>
  );
}

/** Maps of all classes in one question, or of one class at every layer. */
function useMaps({ one, name, kind, columns }: Pick<RowProps, "one" | "name" | "kind" | "columns">) {
  const { ask, layered } = methodOf(name);
  const [share, setShare] = useState<number>();
  const result = useResult(
    async (signal) => {
      setShare(undefined);
      const passes = { signal, onProgress: (done: number, total: number) => setShare(done / total) };
      const [first] = columns;
      if (!first) return [];
      if (kind === "classes")
        return await ask(one.run, { ...passes, layer: first.layer, target: columns.map(({ target }) => target) });
      const asked = layered ? columns : [first];
      const each = asked.map(({ layer, target }) => ask(one.run, { ...passes, layer, target: [target] }));
      return (await Promise.all(each)).flat();
    },
    [one, name, kind, columns.map(({ target, layer }) => `${target.name} ${layer}`).join()],
  );
  return { ...result, share };
}

interface PlaceProps {
  readonly map: AnyMap | undefined;
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
  return <Cell map={map} {...cell} />;
}

function Large({ map, title, backdrop, span }: { map: AnyMap; title: string; backdrop: Image; span: number }) {
  const words = compareWords();
  const { provenance } = map;
  const at = cursor.value;
  const facts = [
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

import { useEffect, useState } from "preact/hooks";
import { Busy, Pick } from "../../parts/controls.tsx";
import { useResult } from "../../parts/use-result.ts";
import { catalogueWords, isModelName, type ModelName } from "../../store/catalogue.ts";
import { className } from "../../store/chosen.ts";
import { setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { compareWords } from "../../strings/compare.ts";
import { type Column, type Kind, mostColumns } from "./columns.ts";
import { chosenOthers, inAddress, type NetworkColumn, otherNames } from "./networks.ts";
import { type Other, openOther } from "./other.ts";

/** Classes that a list offers. */
const mostClasses = 30;

interface ColumnHeadsProps {
  readonly one: Explained;
  readonly kind: Exclude<Kind, "models">;
  readonly columns: readonly Column[];
}

/** The class or layer of each column. */
export function ColumnHeads({ one, kind, columns }: ColumnHeadsProps) {
  const names = columns.map(({ name }) => name);
  const likely = one.predictions.slice(0, mostClasses).map(({ index }) => String(index));
  const all = kind === "layers" ? one.layers : [...new Set([...names, ...likely])];
  const options = all.map((name) => [name, kind === "layers" ? name : className(Number(name))] as const);
  const choose = (place: number, name: string) => {
    const next = names.toSpliced(place, 1, ...(name ? [name] : []));
    setParams({ [kind]: [...new Set(next)].join(",") || undefined });
  };
  const pick = (place: number) => (
    <PickColumn place={place} options={options} value={names[place] ?? ""} onChange={(name) => choose(place, name)} />
  );
  return (
    <>
      {columns.map(({ name }, i) => (
        <th key={name} scope="col">
          {pick(i)}
        </th>
      ))}
      {columns.length < mostColumns && <td>{pick(columns.length)}</td>}
    </>
  );
}

interface PickColumnProps {
  readonly place: number;
  readonly options: readonly (readonly [value: string, name: string])[];
  readonly value: string;
  readonly onChange: (name: string) => void;
}

/** What a column shows; the place after the last adds one, and "none" takes one away. */
function PickColumn({ place, options, value, onChange }: PickColumnProps) {
  const words = compareWords();
  return (
    <Pick label={words.column(place + 1)} options={[["", words.none], ...options]} value={value} onChange={onChange} />
  );
}

interface NetworkHeadsProps {
  readonly one: Explained;
  readonly columns: readonly NetworkColumn[];
  /** Hears when a network is there, or no longer. */
  readonly onOther: (name: ModelName, other: Other | undefined) => void;
}

/** The network of each column, and what is explained there. */
export function NetworkHeads({ one, columns: [open, ...others], onOther }: NetworkHeadsProps) {
  const names = chosenOthers(one);
  const left = otherNames(one).filter((name) => !names.includes(name));
  const choose = (place: number, name: string) =>
    setParams({ models: inAddress(one, names.toSpliced(place, 1, ...[name].filter(isModelName))) });
  const pick = (place: number, chosen?: ModelName) => {
    const offered = chosen ? [chosen, ...left] : left;
    const options = offered.map((name) => [name, catalogueWords().models[name]] as const);
    const onChange = (name: string) => choose(place, name);
    return <PickColumn place={place + 1} options={options} value={chosen ?? ""} onChange={onChange} />;
  };
  return (
    <>
      <th scope="col">
        <strong>{open?.title}</strong>
        <p>{open?.note}</p>
      </th>
      {names.map((name, i) => (
        <th key={name} scope="col">
          {pick(i, name)}
          <OtherNetwork {...{ one, name, onOther }} note={others[i]?.note} onDrop={() => choose(i, "")} />
        </th>
      ))}
      {left.length > 0 && <td>{pick(names.length)}</td>}
    </>
  );
}

interface OtherNetworkProps extends Omit<NetworkHeadsProps, "columns"> {
  readonly name: ModelName;
  readonly note: string | undefined;
  /** Takes the column away. */
  readonly onDrop: () => void;
}

/** Loads a network as long as it stands here. */
function OtherNetwork({ one, name, note, onOther, onDrop }: OtherNetworkProps) {
  const [share, setShare] = useState<number>();
  const onProgress = (done: number, total: number) => setShare(done / total);
  const { value, error } = useResult((signal) => openOther(one, name, { signal, onProgress }), [one, name]);
  useEffect(() => {
    onOther(name, value);
    return () => onOther(name, undefined);
  }, [name, value]);
  if (error !== undefined)
    return (
      <p class="refused" role="alert">
        {error}
      </p>
    );
  if (note !== undefined) return <p>{note}</p>;
  const words = compareWords();
  return <Busy label={words.loading} share={share} cancel={{ label: words.stop, onClick: onDrop }} />;
}

import { useMemo, useState } from "preact/hooks";
import { resizeImage } from "../../src/index.ts";
import { Choice, Reveal, Toggle } from "../parts/controls.tsx";
import { ClassPicker, LayerPicker, SeedPicker } from "../parts/pickers.tsx";
import { param, setParams } from "../store/link.ts";
import type { Explained } from "../store/session.ts";
import { compareWords } from "../strings/compare.ts";
import type { AskingProps } from "../views.ts";
import { classColumns, type Kind, kindOf, kinds, layerColumns } from "./compare/columns.ts";
import { ColumnHeads, NetworkHeads } from "./compare/heads.tsx";
import { type MethodName, methodNames, methodOf } from "./compare/methods.ts";
import { networkColumns, type Others } from "./compare/networks.ts";
import { Row } from "./compare/row.tsx";

const usualMethods: readonly MethodName[] = ["gradcam", "layercam", "guided-gradcam", "guided", "saliency"];
/** Pixels along each side of what lies under the maps, at least. */
const least = 224;

export function Compare({ one }: AskingProps) {
  const words = compareWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      {/* what is left of another picture's answers would be drawn over this one */}
      <Comparison key={`${one.model.name} ${one.picture.name}`} one={one} />
      <Reveal question={words.question}>
        <p>{words.answer}</p>
      </Reveal>
      <Reveal question={words.networkQuestion}>
        <p>{words.networkAnswer}</p>
      </Reveal>
    </>
  );
}

/** The methods of the address, in the order of the list. */
function chosenMethods(): readonly MethodName[] {
  const asked = param("methods")?.split(",");
  return asked ? methodNames.filter((name) => asked.includes(name)) : usualMethods;
}

function Comparison({ one }: { readonly one: Explained }) {
  const words = compareWords();
  const kind = kindOf();
  const chosen = chosenMethods();
  const toggle = (name: MethodName) => {
    const next = methodNames.filter((other) => chosen.includes(other) !== (other === name));
    setParams({ methods: next.join(",") });
  };
  return (
    <>
      <div class="controls">
        <Choice
          label={words.columns}
          options={kinds.map((name) => [name, words.kinds[name]] as const)}
          value={kind}
          onChange={(by) => setParams({ by: by === "classes" ? undefined : by })}
        />
        {kind !== "classes" && <ClassPicker />}
        {kind !== "layers" && <LayerPicker />}
        <SeedPicker />
      </div>
      <MethodList chosen={chosen} onToggle={toggle} />
      <p class="soft">{words.howTo}</p>
      <div class="scroll">
        <Maps one={one} kind={kind} chosen={chosen} onDrop={toggle} />
      </div>
    </>
  );
}

interface MapsProps {
  readonly one: Explained;
  readonly kind: Kind;
  readonly chosen: readonly MethodName[];
  readonly onDrop: (name: MethodName) => void;
}

function Maps({ one, kind, chosen, onDrop }: MapsProps) {
  const [others, setOthers] = useState<Others>({});
  const networks = kind === "models" ? networkColumns(one, others) : [];
  const columns = kind === "models" ? networks : kind === "layers" ? layerColumns(one) : classColumns(one);
  const backdrop = useMemo(() => {
    const [, height = 1, width = 1] = one.run.input.shape;
    const times = Math.max(1, least / Math.max(width, height));
    const size = { width: Math.round(times * width), height: Math.round(times * height) };
    return resizeImage(one.picture.image, { ...size, method: "bilinear" });
  }, [one]);
  return (
    <table class="compare">
      <thead>
        <tr>
          <th scope="col">{compareWords().method}</th>
          {kind === "models" ? (
            <NetworkHeads
              one={one}
              columns={networks}
              onOther={(name, other) => setOthers((all) => ({ ...all, [name]: other }))}
            />
          ) : (
            <ColumnHeads {...{ one, kind, columns }} />
          )}
        </tr>
      </thead>
      <tbody>
        {chosen.map((name) => {
          const row = { name, kind, columns, backdrop };
          return <Row key={name} {...row} onDrop={() => onDrop(name)} />;
        })}
      </tbody>
    </table>
  );
}

interface MethodListProps {
  readonly chosen: readonly MethodName[];
  readonly onToggle: (name: MethodName) => void;
}

function MethodList({ chosen, onToggle }: MethodListProps) {
  const words = compareWords();
  return (
    <details class="method-list">
      <summary>{words.chooseMethods(chosen.length, methodNames.length)}</summary>
      <div class="methods">
        {methodNames.map((name) => (
          <Toggle
            key={name}
            label={methodOf(name).slow ? words.slow(words.methods[name]) : words.methods[name]}
            checked={chosen.includes(name)}
            onChange={() => onToggle(name)}
          />
        ))}
      </div>
    </details>
  );
}

import { useState } from "preact/hooks";
import { type CurvePoint, classProbability, deletion, type HeatMap, insertion, uniform } from "../../../src/index.ts";
import { Busy, Pick, Reveal } from "../../parts/controls.tsx";
import { Curve, type CurveLine } from "../../parts/curve.tsx";
import { short } from "../../parts/numbers.ts";
import { useResult } from "../../parts/use-result.ts";
import { classIndex, className } from "../../store/chosen.ts";
import { param, setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { eraseWords } from "../../strings/erase.ts";
import type { Fill } from "./mask.ts";

/** How often the score is taken along a curve, in words of the address. */
const stepChoices = ["8", "16", "32"] as const;
type Kind = "insertion" | "deletion";
const kinds = { insertion, deletion } as const satisfies Record<Kind, unknown>;

/** A curve as far as it is measured. */
interface Drawn {
  readonly kind: Kind;
  readonly order: "map" | "random";
  readonly line: CurveLine["points"];
  /** Once it is whole. */
  readonly auc?: number;
}

interface Question {
  readonly one: Explained;
  readonly map: HeatMap;
  readonly index: number;
  readonly fill: Fill;
  readonly steps: number;
}

/** Few pictures a pass, so that a curve grows in sight and a wait for its end is short. */
const batch = 4;

/** Takes all four curves, one after the other, and tells of each as it grows. */
async function measure(
  { one, map, index, fill, steps }: Question,
  signal: AbortSignal,
  tell: (drawn: Drawn) => void,
): Promise<void> {
  const { width, height } = map.input;
  const random = { width, height, data: uniform("an order by chance", width * height) };
  for (const kind of ["deletion", "insertion"] as const)
    for (const [order, by] of [["map", map] as const, ["random", random] as const]) {
      const line: { x: number; y: number }[] = [];
      const onPoint = ({ share, score }: CurvePoint) => {
        line.push({ x: share, y: score });
        tell({ kind, order, line: [...line] });
      };
      const target = classProbability(index);
      const { auc } = await kinds[kind](one.run, by, { steps, baseline: fill, target, batch, signal, onPoint });
      tell({ kind, order, line, auc });
    }
}

/** Insertion and deletion along the map's order of the pixels, against an order by chance. */
export function Faithfulness({ one, map, fill }: Pick<Question, "one" | "map" | "fill">) {
  const words = eraseWords();
  const steps = stepChoices.find((choice) => choice === param("steps"));
  return (
    <section aria-labelledby="faithfulness">
      <h2 id="faithfulness">{words.curves}</h2>
      <p>{words.curvesLead(className(classIndex.value))}</p>
      <div class="controls">
        <Pick
          label={words.steps}
          options={[["", words.notYet], ...stepChoices.map((choice) => [choice, choice] as const)]}
          value={steps ?? ""}
          onChange={(value) => setParams({ steps: value || undefined })}
        />
      </div>
      {steps !== undefined && <Curves one={one} map={map} fill={fill} index={classIndex.value} steps={Number(steps)} />}
      <Reveal question={words.chanceQuestion}>
        <p>{words.chanceAnswer}</p>
      </Reveal>
      <Reveal question={words.curvesQuestion}>
        <p>{words.curvesAnswer}</p>
      </Reveal>
    </section>
  );
}

function Curves(question: Question) {
  const words = eraseWords();
  const { one, map, index, fill, steps } = question;
  const [drawn, setDrawn] = useState<readonly Drawn[]>([]);
  const { pending, error } = useResult(
    async (signal) => {
      setDrawn([]);
      const tell = (next: Drawn) => {
        const isOther = ({ kind, order }: Drawn) => kind !== next.kind || order !== next.order;
        if (!signal.aborted) setDrawn((all) => [...all.filter(isOther), next]);
      };
      await measure(question, signal, tell);
    },
    [one, map, index, fill, steps],
  );
  const share = drawn.reduce((sum, { line }) => sum + line.length, 0) / (4 * (steps + 1));
  const cancel = { label: words.cancel, onClick: () => setParams({ steps: undefined }) };
  return (
    <>
      <div class="curves-busy">{pending && <Busy label={words.measuring} share={share} cancel={cancel} />}</div>
      {error !== undefined && (
        <p class="refused" role="alert">
          {error}
        </p>
      )}
      <div class="plots">
        {(["deletion", "insertion"] as const).map((kind) => (
          <Plot key={kind} kind={kind} drawn={drawn.filter((one) => one.kind === kind)} />
        ))}
      </div>
    </>
  );
}

function Plot({ kind, drawn }: { readonly kind: Kind; readonly drawn: readonly Drawn[] }) {
  const words = eraseWords();
  const lines = drawn.map(({ order, line }) => ({ name: words.orders[order], points: line }));
  return (
    <div>
      <h3>{words.kinds[kind]}</h3>
      <Curve title={words.kinds[kind]} lines={lines} x={words.changed[kind]} across={[0, 1]} y={words.probability} />
      <dl class="measured">
        {drawn.map(({ order, auc }) => (
          <div key={order}>
            <dt>{words.area(words.orders[order])}</dt>
            <dd class="number" data-auc={`${kind} ${order}`}>
              {auc === undefined ? "…" : short(auc)}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

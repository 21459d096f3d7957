import { useState } from "preact/hooks";
import { type CurveOptions, classProbability, deletion, type HeatMap, insertion, uniform } from "../../../src/index.ts";
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

interface Drawn {
  readonly kind: Kind;
  readonly order: "map" | "random";
  readonly auc: number;
  readonly line: CurveLine["points"];
}

interface Question {
  readonly one: Explained;
  readonly map: HeatMap;
  readonly index: number;
  readonly fill: Fill;
  readonly steps: number;
}

/** Takes all four curves, one after the other, and tells of each. */
async function* curves(
  { one, map, index, fill, steps }: Question,
  passes: Pick<CurveOptions, "signal" | "onProgress">,
): AsyncGenerator<Drawn> {
  const { width, height } = map.input;
  const random = { width, height, data: uniform("an order by chance", width * height) };
  for (const kind of ["deletion", "insertion"] as const)
    for (const [order, by] of [["map", map] as const, ["random", random] as const]) {
      const options = { ...passes, steps, baseline: fill, target: classProbability(index) };
      const { auc, curve } = await kinds[kind](one.run, by, options);
      yield { kind, order, auc, line: curve.map(({ share, score }) => ({ x: share, y: score })) };
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
  const [share, setShare] = useState(0);
  const { pending, error } = useResult(
    async (signal) => {
      setDrawn([]);
      let [all, finished]: [readonly Drawn[], number] = [[], 0];
      const onProgress = (done: number, total: number) => setShare((finished + done / total) / 4);
      for await (const next of curves(question, { signal, onProgress })) {
        if (signal.aborted) return;
        finished++;
        all = [...all, next];
        setDrawn(all);
      }
    },
    [one, map, index, fill, steps],
  );
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
      <Curve title={words.kinds[kind]} lines={lines} x={words.changed[kind]} y={words.probability} />
      <dl class="measured">
        {drawn.map(({ order, auc }) => (
          <div key={order}>
            <dt>{words.area(words.orders[order])}</dt>
            <dd class="number" data-auc={`${kind} ${order}`}>
              {short(auc)}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

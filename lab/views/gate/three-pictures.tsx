import type { PixelMap, RuleName, Target } from "../../../src/index.ts";
import { Answer } from "../../parts/answer.tsx";
import { PixelView } from "../../parts/map-view.tsx";
import { useResult } from "../../parts/use-result.ts";
import { target } from "../../store/chosen.ts";
import { type Explained, engineOf } from "../../store/session.ts";
import { gateWords } from "../../strings/gate.ts";
import { gateRules } from "./read-gate.ts";

interface Walked {
  readonly rule: RuleName;
  readonly map: PixelMap;
  /** Kernels that the walk took. */
  readonly dispatches: number;
}

/** The picture under each rule, from the one recording, with what each walk cost. */
export function ThreePictures({ one }: { readonly one: Explained }) {
  const words = gateWords();
  const chosen = target.value;
  const result = useResult(async () => walkThrice(one, chosen), [one, chosen]);
  const recorded = one.run.tape.nodes.length;
  return (
    <Answer result={result}>
      {(walks) => (
        <>
          <div class="gate-three">
            {walks.map(({ rule, map, dispatches }) => (
              <div key={rule}>
                <PixelView map={map} title={words.rules[rule]} />
                <p class="soft">{words.cost(dispatches)}</p>
              </div>
            ))}
          </div>
          <p data-dispatches={walks.map(({ dispatches }) => dispatches).join(" ")}>{words.once(recorded)}</p>
        </>
      )}
    </Answer>
  );
}

async function walkThrice(one: Explained, chosen: Target): Promise<Walked[]> {
  const engine = engineOf(one);
  // a target of our own: walks that others asked for are shared, and would count as none
  const mine = { ...chosen };
  const ask = {
    gradient: () => one.run.saliency({ target: mine }),
    deconvnet: () => one.run.deconvnet({ target: mine }),
    guided: () => one.run.guidedBackprop({ target: mine }),
  };
  const walks: Walked[] = [];
  // what else was asked in this turn is encoded before the counting begins
  await engine.finish();
  for (const rule of gateRules) {
    const before = engine.counts.dispatches;
    const map = await ask[rule]();
    walks.push({ rule, map, dispatches: engine.counts.dispatches - before });
  }
  return walks;
}

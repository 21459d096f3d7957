import { Answer } from "../parts/answer.tsx";
import { PixelView } from "../parts/map-view.tsx";
import { ClassPicker, SeedPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import { target } from "../store/chosen.ts";
import type { Explained } from "../store/session.ts";
import { poolWords } from "../strings/pool.ts";
import type { AskingProps } from "../views.ts";
import { GlobalPools } from "./pool/global-pools.tsx";
import { MaxPool } from "./pool/max-pool.tsx";
import { poolsOf } from "./pool/read-pool.ts";

export function PoolSwitches({ one }: AskingProps) {
  const words = poolWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <div class="controls">
        <ClassPicker />
        <SeedPicker />
      </div>
      <h2>{words.maxPool}</h2>
      <MaxPool one={one} />
      {poolsOf(one).length > 0 && <Relaxed one={one} />}
      <h2>{words.global}</h2>
      <GlobalPools one={one} />
    </>
  );
}

/** The gradient at the picture through true and through relaxed max pools. */
function Relaxed({ one }: { readonly one: Explained }) {
  const words = poolWords();
  const chosen = target.value;
  const result = useResult(
    () =>
      Promise.all([
        one.run.saliency({ target: chosen }),
        one.run.saliency({ target: chosen, relaxMaxPool: true }),
      ] as const),
    [one, chosen],
  );
  return (
    <>
      <h2>{words.relaxed}</h2>
      <p>{words.relaxedLead}</p>
      <Answer result={result}>
        {([plain, relaxed]) => (
          <div class="pool-pair">
            <PixelView map={plain} title={words.truePool} />
            <PixelView map={relaxed} title={words.relaxedPool} />
          </div>
        )}
      </Answer>
    </>
  );
}

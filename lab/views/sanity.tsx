import { useState } from "preact/hooks";
import { Busy, Reveal } from "../parts/controls.tsx";
import { ClassPicker, LayerPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import { layer, target } from "../store/chosen.ts";
import { numberParam, setParams } from "../store/link.ts";
import { type Explained, openBuiltIn } from "../store/session.ts";
import { sanityWords } from "../strings/sanity.ts";
import type { AskingProps } from "../views.ts";
import { cascade, checkedMethods, depthsOf, type Maps, noMaps } from "./sanity/cascade.ts";
import { Filmstrip } from "./sanity/filmstrip.tsx";
import { LikenessShown } from "./sanity/likeness.tsx";

/** A network with this many layers that have weights, or fewer, is checked without being told. */
const few = 8;

export function Sanity({ one }: AskingProps) {
  const words = sanityWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <div class="controls">
        <ClassPicker />
        <LayerPicker />
        <button type="button" onClick={() => setParams({ draw: draw() + 1 })}>
          {words.again(draw())}
        </button>
      </div>
      <Check key={one.model.name} one={one} />
      <Reveal question={words.question}>
        <p>{words.answer}</p>
      </Reveal>
    </>
  );
}

/** Which random weights: they are the same wherever the number is. */
const draw = () => numberParam("draw") ?? 0;

function Check({ one }: { readonly one: Explained }) {
  const words = sanityWords();
  const weighted = one.model.layers.filter(({ weights }) => weights.length > 0).length;
  const [wanted, setWanted] = useState(weighted <= few);
  const [maps, setMaps] = useState<Maps>(noMaps);
  const [chosen, at, seed] = [target.value, layer.value, draw()];
  const depths = depthsOf(one);
  const ask = async (signal: AbortSignal) => {
    setMaps(noMaps);
    const onMaps = (all: Maps) => {
      if (!signal.aborted) setMaps(all);
    };
    return cascade(one, { target: chosen, layer: at, depths, seed, signal, onMaps });
  };
  const result = useResult(wanted ? ask : undefined, [one, chosen, at, seed, wanted]);
  const total = checkedMethods.length * (depths.length + 1);
  const done = checkedMethods.reduce((sum, name) => sum + maps[name].length, 0);
  const cancel = { label: words.cancel, onClick: () => setWanted(false) };
  return (
    <>
      <div class="sanity-progress">
        {!wanted && <Offer start={() => setWanted(true)} maps={total} layers={weighted} />}
        {wanted && result.pending && <Busy label={words.working(done, total)} share={done / total} cancel={cancel} />}
        {wanted && !result.pending && !result.error && <p class="soft">{words.untouched}</p>}
        {result.error !== undefined && (
          <p class="refused" role="alert">
            {result.error}
          </p>
        )}
      </div>
      <Filmstrip one={one} maps={maps} depths={[...depths].reverse()} />
      {result.value && (
        <div class={`answer ${result.pending ? "pending" : ""}`}>
          <LikenessShown likeness={result.value} />
        </div>
      )}
    </>
  );
}

interface OfferProps {
  readonly start: () => void;
  readonly maps: number;
  readonly layers: number;
}

function Offer({ start, maps, layers }: OfferProps) {
  const words = sanityWords();
  return (
    <div class="message">
      <p>{words.offer(maps, layers)}</p>
      <span class="controls">
        <button type="button" onClick={start}>
          {words.start}
        </button>
        {layers > few && (
          <button type="button" onClick={() => void openBuiltIn("mnist-gap")}>
            {words.openDigits}
          </button>
        )}
      </span>
    </div>
  );
}

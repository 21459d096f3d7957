import { useState } from "preact/hooks";
import type { HeatMap, Image, Target } from "../../src/index.ts";
import { Busy, Reveal, Slider } from "../parts/controls.tsx";
import { Download } from "../parts/download.tsx";
import { MapView } from "../parts/map-view.tsx";
import { short } from "../parts/numbers.ts";
import { ClassPicker, SeedPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import { layer, target } from "../store/chosen.ts";
import { setParams } from "../store/link.ts";
import { colormap } from "../store/settings.ts";
import { sweepWords } from "../strings/sweep.ts";
import type { AskingProps } from "../views.ts";
import { animationOf } from "./sweep/animation.ts";
import { FilmStrip } from "./sweep/film-strip.tsx";

export function LayerSweep({ one }: AskingProps) {
  const words = sweepWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <div class="controls">
        <ClassPicker />
        <SeedPicker />
      </div>
      <Walk one={one} />
      <Reveal question={words.question}>
        <p>{words.answer}</p>
      </Reveal>
    </>
  );
}

/** The walk back, how far it is, and what it gave; where it was stopped, what the last one gave stays. */
function Walk({ one }: AskingProps) {
  const words = sweepWords();
  const [share, setShare] = useState(0);
  const [stopped, setStopped] = useState<Target>();
  const chosen = target.value;
  const wanted = stopped !== chosen;
  const ask = async (signal: AbortSignal) => {
    setShare(0);
    const onProgress = (done: number, total: number) => setShare(done / total);
    return { maps: await one.run.sweep({ target: chosen, signal, onProgress }), picture: one.picture.image };
  };
  const { value, pending, error } = useResult(wanted ? ask : undefined, [one, chosen, wanted]);
  const cancel = { label: words.stop, onClick: () => setStopped(chosen) };
  return (
    <div class="sweep">
      <div class="sweep-progress">
        {!wanted && <Stopped again={() => setStopped(undefined)} />}
        {wanted && pending && <Busy label={words.walking} share={share} cancel={cancel} />}
        {wanted && !pending && value && <p class="soft">{words.walked(value.maps.length)}</p>}
        {error !== undefined && (
          <p class="refused" role="alert">
            {error}
          </p>
        )}
      </div>
      {value && (
        <div class={`answer ${wanted && pending ? "pending" : ""}`}>
          <Sweep {...value} />
        </div>
      )}
    </div>
  );
}

function Stopped({ again }: { readonly again: () => void }) {
  const words = sweepWords();
  return (
    <p class="sweep-stopped">
      <span>{words.stopped}</span>
      <button type="button" onClick={again}>
        {words.start}
      </button>
    </p>
  );
}

interface SweepProps {
  /** In the order of the forward pass. */
  readonly maps: readonly HeatMap[];
  readonly picture: Image;
}

function Sweep({ maps, picture }: SweepProps) {
  const words = sweepWords();
  const chosen = maps.findIndex(({ provenance }) => provenance.layer === layer.value);
  const at = chosen < 0 ? maps.length - 1 : chosen;
  const map = maps[at];
  if (!map) return null;
  const choose = (index: number) => setParams({ layer: maps[index]?.provenance.layer });
  return (
    <>
      <Slider
        label={words.layer}
        value={at}
        min={0}
        max={maps.length - 1}
        show={words.place(at + 1, maps.length)}
        onInput={choose}
      />
      <FilmStrip maps={maps} chosen={at} onChoose={choose} />
      <div class="sweep-frame">
        <MapView map={map} over={picture} title={map.provenance.layer ?? ""} />
        <div>
          <Facts map={map} />
          <Download
            label={words.download}
            name="layers.png"
            type="image/png"
            make={() => animationOf(maps, picture, colormap.value)}
          />
        </div>
      </div>
    </>
  );
}

function Facts({ map }: { readonly map: HeatMap }) {
  const words = sweepWords();
  const { raw, alpha, min, max, empty, provenance } = map;
  const range = `${short(min)} … ${short(max)}`;
  return (
    <table class="facts">
      <tbody>
        <Fact name={words.layer} value={provenance.layer ?? ""} />
        <Fact name={words.size} value={`${raw.height} × ${raw.width}`} />
        <Fact name={words.channels} value={String(alpha.length)} />
        <Fact name={words.alpha} value={`${short(Math.min(...alpha))} … ${short(Math.max(...alpha))}`} />
        <Fact name={words.range} value={empty ? `${range} (${words.empty})` : range} />
      </tbody>
    </table>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{value}</td>
    </tr>
  );
}

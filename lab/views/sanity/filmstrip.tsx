import { MapView, PixelView } from "../../parts/map-view.tsx";
import type { Explained } from "../../store/session.ts";
import { sanityWords } from "../../strings/sanity.ts";
import { checkedMethods, type Maps } from "./cascade.ts";

interface FilmstripProps {
  readonly one: Explained;
  readonly maps: Maps;
  /** From the last layer to the first. */
  readonly depths: readonly string[];
}

/** A row of maps for each method: the true network's first, then one for every depth that is random. */
export function Filmstrip({ one, maps, depths }: FilmstripProps) {
  const words = sanityWords();
  return (
    <>
      {checkedMethods.map((name) => (
        <section key={name} aria-label={words.methods[name]}>
          <h2>{words.methods[name]}</h2>
          <ol class="cascade">
            {[words.trained, ...depths].map((title, i) => {
              const map = maps[name][i];
              return (
                <li key={title}>
                  {map === undefined && <div class="waiting" />}
                  {map && "raw" in map && <MapView map={map} over={one.picture.image} title={title} />}
                  {map && "values" in map && <PixelView map={map} title={title} />}
                </li>
              );
            })}
          </ol>
        </section>
      ))}
    </>
  );
}

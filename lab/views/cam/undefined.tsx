import { MapView } from "../../parts/map-view.tsx";
import { short } from "../../parts/numbers.ts";
import { numberParam } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { camWords } from "../../strings/cam.ts";
import type { Refused } from "./ask.ts";
import { GradientPlane, planeOf } from "./gradient-plane.tsx";

interface UndefinedProps {
  readonly one: Explained;
  readonly both: Refused;
}

/** Why there is no CAM of a network without a pooling head, in its own words and numbers. */
export function Undefined({ one, both }: UndefinedProps) {
  const words = camWords();
  const { channels, gradCam } = both;
  const asked = numberParam("channel");
  const strongest = gradCam.alpha.indexOf(Math.max(...gradCam.alpha));
  const channel = asked !== undefined && asked < channels ? asked : strongest;
  const { plane } = planeOf(both, channel);
  return (
    <>
      <h2>{words.refusedTitle}</h2>
      <blockquote class="refused" lang="en" data-fact="message">
        {both.message}
      </blockquote>
      <p>{words.refusedWhy}</p>
      <div class="both">
        <MapView map={gradCam} over={one.picture.image} title={words.gradCam} />
        <div>
          <GradientPlane of={both} channel={channel} />
          <p data-fact="spread">{words.spread(short(Math.min(...plane)), short(Math.max(...plane)))}</p>
          <p>{words.refusedMean}</p>
        </div>
      </div>
    </>
  );
}

import { useMemo } from "preact/hooks";
import { colorize, type Image } from "../../../src/index.ts";
import { short } from "../../parts/numbers.ts";
import { Picture } from "../../parts/picture.tsx";
import { signedImage } from "../../parts/signed.ts";
import { colormap } from "../../store/settings.ts";
import { stepsWords } from "../../strings/steps.ts";
import type { Step } from "./pipeline.ts";

interface StepPicturesProps {
  readonly steps: readonly Step[];
  /** What the last step gives, over the picture. */
  readonly over: Image;
}

/** Every step as a picture of the same shape, in a row: signed values orange and blue until they are normalised, the heat map's colours then. */
export function StepPictures({ steps, over }: StepPicturesProps) {
  const words = stepsWords();
  return (
    <ol class="step-pictures" style={{ "--shape": `${over.width} / ${over.height}` }}>
      {steps.map((step) => (
        <li key={step.name}>
          <StepPicture step={step} />
        </li>
      ))}
      <li>
        <figure>
          <Picture image={over} alt={words.steps.over} />
          <figcaption>
            <strong>{words.steps.over}</strong>
          </figcaption>
        </figure>
      </li>
    </ol>
  );
}

function StepPicture({ step: { name, map, min, max } }: { readonly step: Step }) {
  const words = stepsWords();
  const colours = colormap.value;
  const image = useMemo(
    () => (name === "normalise" ? colorize(map, colours) : signedImage(map.data, map)),
    [name, map, colours],
  );
  return (
    <figure data-step={name}>
      <Picture image={image} alt={words.steps[name]} pixelated />
      <figcaption>
        <strong>{words.steps[name]}</strong>{" "}
        <span class="soft">{words.range(short(min), short(max), `${map.height} × ${map.width}`)}</span>
      </figcaption>
    </figure>
  );
}

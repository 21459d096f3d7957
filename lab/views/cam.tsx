import { Answer } from "../parts/answer.tsx";
import { Reveal } from "../parts/controls.tsx";
import { ClassPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import type { ModelName } from "../store/catalogue.ts";
import { catalogueWords } from "../store/catalogue.ts";
import { classIndex } from "../store/chosen.ts";
import { param } from "../store/link.ts";
import { type Explained, openBuiltIn } from "../store/session.ts";
import { camWords } from "../strings/cam.ts";
import type { AskingProps } from "../views.ts";
import { askBoth } from "./cam/ask.ts";
import { Proof } from "./cam/proof.tsx";
import { Undefined } from "./cam/undefined.tsx";

/** One of each kind: CAM is defined for the first two. */
const networks: readonly ModelName[] = ["mnist-gap", "efficientnet-lite0", "mnist"];

/** Where a network ends in global average pooling and one dense layer, CAM and Grad-CAM are the same map but for a factor. */
export function CamIsGradCam({ one }: AskingProps) {
  const words = camWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <div class="controls">
        <ClassPicker />
        <Networks />
      </div>
      <Asked one={one} />
      <Reveal question={words.question}>
        <p>{words.answer}</p>
      </Reveal>
    </>
  );
}

function Networks() {
  const words = camWords();
  const names = catalogueWords().models;
  const open = param("model");
  return (
    <fieldset class="networks">
      <legend>{words.networks}</legend>
      {networks.map((name) => (
        <button key={name} type="button" aria-pressed={open === name} onClick={() => void openBuiltIn(name)}>
          {names[name]}
        </button>
      ))}
    </fieldset>
  );
}

function Asked({ one }: { readonly one: Explained }) {
  const index = classIndex.value;
  const result = useResult(() => askBoth(one.run, index), [one, index]);
  return (
    <div class="cam">
      <Answer result={result}>
        {(both) => (both.kind === "defined" ? <Proof one={one} both={both} /> : <Undefined one={one} both={both} />)}
      </Answer>
    </div>
  );
}

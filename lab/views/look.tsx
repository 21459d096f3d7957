import { Reveal } from "../parts/controls.tsx";
import { LayerPicker, SeedPicker } from "../parts/pickers.tsx";
import { type Explained, explained } from "../store/session.ts";
import { lookWords } from "../strings/look.ts";
import { Camera } from "./look/camera.tsx";
import { Classes } from "./look/classes.tsx";
import { Heat } from "./look/heat.tsx";
import { DigitPad } from "./look/pad.tsx";
import { ChooseFiles, ModelPicker, PicturePicker } from "./look/sources.tsx";

export function Look() {
  const words = lookWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <div class="controls">
        <ModelPicker />
        <PicturePicker />
        {explained.value && <LayerPicker />}
      </div>
      <ChooseFiles />
      {explained.value && <Shown one={explained.value} />}
    </>
  );
}

function Shown({ one }: { readonly one: Explained }) {
  const words = lookWords();
  return (
    <div class="look">
      <Heat one={one} />
      <div>
        <SeedPicker />
        <Classes one={one} />
        {takesDrawings(one) && <DigitPad />}
        <Camera />
        <Reveal question={words.question}>
          <p>{words.answer}</p>
        </Reveal>
      </div>
    </div>
  );
}

/** One channel, as networks for digits have. */
function takesDrawings({ model }: Explained): boolean {
  return model.inputShape.at(-1) === 1;
}

import { Answer } from "../parts/answer.tsx";
import { AgainstPicker, ClassPicker, LayerPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import { againstIndex, classIndex, layer, seeds, targetOf } from "../store/chosen.ts";
import type { Explained } from "../store/session.ts";
import { seedWords } from "../strings/seed.ts";
import type { AskingProps } from "../views.ts";
import { askSeeds } from "./seed/ask.ts";
import { Card } from "./seed/card.tsx";
import { Saturation } from "./seed/saturation.tsx";

/** Where the walk back begins: four scalars of one forward pass, side by side. */
export function SeedView({ one }: AskingProps) {
  const words = seedWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <div class="controls">
        <ClassPicker />
        <AgainstPicker />
        <LayerPicker />
      </div>
      <Cards one={one} />
      <Saturation one={one} />
    </>
  );
}

function Cards({ one }: { readonly one: Explained }) {
  const [index, against, at] = [classIndex.value, againstIndex.value, layer.value];
  const result = useResult(() => {
    const targets = seeds.map((name) => targetOf(name, index, against));
    return askSeeds(one.run, { targets, layer: at });
  }, [one, index, against, at]);
  return (
    <div class="seed">
      <Answer result={result}>
        {(all) => (
          <div class="seed-cards">
            {all.map((walked, i) => (
              <Card key={seeds[i]} one={one} name={seeds[i] ?? "logit"} walked={walked} />
            ))}
          </div>
        )}
      </Answer>
    </div>
  );
}

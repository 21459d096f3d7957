import { Answer } from "../parts/answer.tsx";
import { ClassPicker, LayerPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import { layer, target } from "../store/chosen.ts";
import { param } from "../store/link.ts";
import type { Explained } from "../store/session.ts";
import { eraseWords } from "../strings/erase.ts";
import type { AskingProps } from "../views.ts";
import { Adversary } from "./erase/adversary.tsx";
import { Faithfulness } from "./erase/faithfulness.tsx";
import { fills } from "./erase/mask.ts";
import { Painting } from "./erase/painting.tsx";

export function EraseAndAsk({ one }: AskingProps) {
  return (
    <>
      <p class="lead">{eraseWords().lead}</p>
      <div class="controls">
        <ClassPicker />
        <LayerPicker />
      </div>
      {/* what is left of another picture's answers would be drawn over this one */}
      <Erase key={`${one.model.name} ${one.picture.name}`} one={one} />
    </>
  );
}

function Erase({ one }: { readonly one: Explained }) {
  const fill = fills.find((name) => name === param("fill")) ?? "mean";
  const maps = useResult(async () => {
    const question = { target: target.value, layer: layer.value };
    const [map, against] = await Promise.all([
      one.run.gradCam(question),
      one.run.gradCam({ ...question, counterfactual: true }),
    ]);
    return { map, against };
  }, [one, target.value, layer.value]);
  return (
    <Answer result={maps}>
      {({ map, against }) => (
        <>
          <Painting one={one} map={map} against={against} fill={fill} />
          <Faithfulness one={one} map={map} fill={fill} />
          <Adversary one={one} map={map} fill={fill} />
        </>
      )}
    </Answer>
  );
}

import { Answer } from "../../parts/answer.tsx";
import { Pick, Reveal } from "../../parts/controls.tsx";
import { Formula } from "../../parts/formula.tsx";
import { MapView } from "../../parts/map-view.tsx";
import { short } from "../../parts/numbers.ts";
import { Picture } from "../../parts/picture.tsx";
import { useResult } from "../../parts/use-result.ts";
import { againstIndex, classIndex, className, layer } from "../../store/chosen.ts";
import { setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { seedWords } from "../../strings/seed.ts";
import { askSureness, askSurenessOf, type Sureness } from "./ask.ts";
import { chosenBeside, imageBeside, picturesBeside } from "./beside.ts";

/** Why the probability is a poor seed: two pictures, of which the network is not equally sure. */
export function Saturation({ one }: { readonly one: Explained }) {
  const words = seedWords();
  const beside = chosenBeside(one);
  const [index, against, at] = [classIndex.value, againstIndex.value, layer.value];
  const { image } = one.picture;
  const here = useResult(() => askSureness(one.run, { image, layer: at, index, against }), [one, at, index, against]);
  const there = useResult(
    async () => askSurenessOf(one.model, { image: await imageBeside(beside), layer: at }),
    [one, at, beside],
  );
  return (
    <>
      <h2>{words.whyTitle}</h2>
      <p>{words.why}</p>
      <Formula block tex="\frac{\partial p_c}{\partial z_k}=p_c\,(\delta_{ck}-p_k)" />
      <p>{words.whyDifference}</p>
      <Formula block tex="g^{p_c}=p_c(1-p_c)\Bigl(g^{z_c}-\sum_{k\ne c}\frac{p_k}{1-p_c}\,g^{z_k}\Bigr)" />
      <div class="controls">
        <Pick
          label={words.beside}
          options={picturesBeside(one)}
          value={beside}
          onChange={(name) => setParams({ beside: name })}
        />
      </div>
      <div class="two-pictures">
        {[here, there].map((result, i) => (
          <section key={i === 0 ? "here" : "there"} aria-label={i === 0 ? words.here : words.there}>
            <h3>{i === 0 ? words.here : words.there}</h3>
            <Answer result={result}>{(sureness) => <Sure sureness={sureness} />}</Answer>
          </section>
        ))}
      </div>
      <Reveal question={words.question}>
        <p>{words.answer}</p>
      </Reveal>
    </>
  );
}

function Sure({ sureness }: { readonly sureness: Sureness }) {
  const words = seedWords();
  const { image, index, against, probability, factor, logit, prob, ratio } = sureness;
  const rows = [
    ["p", `p (${className(index)})`, exact(probability)],
    ["factor", "p · (1 − p)", short(factor)],
    ["seed", words.seedAt, short(prob.seed[index] ?? 0)],
    ["logitNorm", words.logitNorm, short(logit.gradient?.norm ?? 0)],
    ["probNorm", words.probNorm, short(prob.gradient?.norm ?? 0)],
    ["ratio", words.ratio, short(ratio)],
    ["likeLogit", words.likeLogit, sureness.likeLogit.toFixed(3)],
    ["likeDifference", words.likeDifference(className(against)), sureness.likeDifference.toFixed(3)],
  ] as const;
  return (
    <>
      <div class="maps-of-one">
        <figure>
          <Picture image={image} alt={className(index)} />
        </figure>
        <MapView map={logit.map} over={image} title={words.ofLogit} />
        <MapView map={prob.map} over={image} title={words.ofProbability} />
      </div>
      <dl class="pairs">
        {rows.map(([name, title, text]) => [
          <dt key={`${name} title`}>{title}</dt>,
          <dd key={name} data-fact={name}>
            {text}
          </dd>,
        ])}
      </dl>
    </>
  );
}

/** With the digits in which it differs from 1. */
function exact(probability: number): string {
  return probability > 0.99 ? probability.toFixed(7) : short(probability);
}

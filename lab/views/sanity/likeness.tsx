import { Choice } from "../../parts/controls.tsx";
import { Curve } from "../../parts/curve.tsx";
import { short } from "../../parts/numbers.ts";
import { param, setParams } from "../../store/link.ts";
import { sanityWords } from "../../strings/sanity.ts";
import { checkedMethods, type Likeness } from "./cascade.ts";

/** What of `RandomisedLayer` is plotted. */
const measures = ["ssim", "rankCorrelation", "absoluteRankCorrelation"] as const;
type Measure = (typeof measures)[number];

/** How like the trained network's maps the others are: a plot, the numbers, and what they say. */
export function LikenessShown({ likeness }: { readonly likeness: Likeness }) {
  const words = sanityWords();
  const measure = measures.find((name) => name === param("measure")) ?? "ssim";
  const lines = checkedMethods.map((name) => {
    const points = likeness[name].layers.map((layer, i) => ({ x: i + 1, y: layer[measure] }));
    return { name: words.methods[name], points: [{ x: 0, y: 1 }, ...points] };
  });
  const count = likeness.guided.layers.length;
  return (
    <>
      <h2>{words.likeness}</h2>
      <Choice<Measure>
        label={words.measure}
        options={measures.map((name) => [name, words.measures[name]] as const)}
        value={measure}
        onChange={(name) => setParams({ measure: name })}
      />
      <p class="soft">{words.measureSays[measure]}</p>
      <div class="likeness">
        <Curve
          title={words.plot(words.measures[measure])}
          lines={lines}
          x={words.depth}
          y={words.measures[measure]}
          range={measure === "rankCorrelation" ? [-1, 1] : [0, 1]}
          ticks={Array.from({ length: count + 1 }, (_, i) => i)}
        />
        <Numbers likeness={likeness} measure={measure} />
      </div>
      <Conclusion likeness={likeness} />
    </>
  );
}

function Numbers({ likeness, measure }: { readonly likeness: Likeness; readonly measure: Measure }) {
  const words = sanityWords();
  return (
    <div class="scroll">
      <table class="likeness-numbers">
        <thead>
          <tr>
            <th scope="col">{words.randomFrom}</th>
            {checkedMethods.map((name) => (
              <th key={name} scope="col">
                {words.methods[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {likeness.guided.layers.map(({ layer }, i) => (
            <tr key={layer}>
              <th scope="row">
                {i + 1} {layer}
              </th>
              {checkedMethods.map((name) => (
                <td key={name} class="number">
                  {short(likeness[name].layers[i]?.[measure] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Conclusion({ likeness }: { readonly likeness: Likeness }) {
  const words = sanityWords();
  const mean = (name: keyof Likeness) => {
    const { layers } = likeness[name];
    return layers.reduce((sum, { ssim }) => sum + ssim, 0) / Math.max(1, layers.length);
  };
  const [guided, gradcam] = [mean("guided"), mean("gradcam")];
  const says = guided > gradcam ? words.guidedStays : words.guidedGoes;
  return (
    <p class="conclusion">
      {words.means(short(guided), short(gradcam))} {says}
    </p>
  );
}

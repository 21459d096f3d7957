import { useState } from "preact/hooks";
import { Formula } from "../../parts/formula.tsx";
import { MapView } from "../../parts/map-view.tsx";
import { short } from "../../parts/numbers.ts";
import { numberParam, setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { camWords } from "../../strings/cam.ts";
import type { Defined } from "./ask.ts";
import { GradientPlane, planeOf } from "./gradient-plane.tsx";
import { Scatter } from "./scatter.tsx";

interface ProofProps {
  readonly one: Explained;
  readonly both: Defined;
}

/** The numbers that a line of the proof speaks of. */
const lines = [
  { tex: "F_k=\\frac{1}{Z}\\sum_{i,j}A^k_{ij}", facts: ["Z", "F"] },
  { tex: "y=\\sum_k w_k F_k+b", facts: ["w", "F"] },
  { tex: "\\frac{\\partial F_k}{\\partial A^k_{ij}}=\\frac{1}{Z}", facts: ["Z", "share"] },
  {
    tex: "g^k_{ij}=\\frac{\\partial y}{\\partial A^k_{ij}}=w_k\\cdot\\frac{1}{Z}",
    facts: ["w", "share", "product", "g"],
  },
  { tex: "\\alpha_k=\\frac{1}{Z}\\sum_{i,j}g^k_{ij}=\\frac{w_k}{Z}", facts: ["g", "alpha"] },
  { tex: "Z\\,\\alpha_k=w_k", facts: ["w", "scaled", "residual"] },
  {
    tex: "\\sum_k\\alpha_k A^k=\\frac{1}{Z}\\sum_k w_k A^k=\\frac{1}{Z}\\,M_{\\mathrm{CAM}}",
    facts: ["camCell", "gradCamCell", "ratio"],
  },
] as const;

type Fact = (typeof lines)[number]["facts"][number];

/** The proof, line by line, beside the network's own numbers. */
export function Proof({ one, both }: ProofProps) {
  const words = camWords();
  const asked = numberParam("channel");
  const strongest = both.weights.indexOf(Math.max(...both.weights));
  const channel = asked !== undefined && asked < both.channels ? asked : strongest;
  const choose = (next: number) => setParams({ channel: next });
  return (
    <>
      <div class="both">
        <MapView map={both.cam} over={one.picture.image} title={words.cam} />
        <MapView map={both.gradCam} over={one.picture.image} title={words.gradCam} />
        <Scatter weights={both.weights} scaled={both.scaled} chosen={channel} onChoose={choose} />
      </div>
      <p>
        {words.residual} <strong data-fact="residual">{short(both.residual)}</strong>
      </p>
      <h2>{words.proofTitle(channel)}</h2>
      <p>{words.proofLead}</p>
      {both.byMaximum && <p class="refused">{words.byMaximum}</p>}
      <Lines both={both} channel={channel} />
    </>
  );
}

function Lines({ both, channel }: { readonly both: Defined; readonly channel: number }) {
  const words = camWords();
  const [pointed, setPointed] = useState<number>();
  const pinned = numberParam("line");
  const line = pointed ?? pinned ?? 0;
  const lit: readonly string[] = lines[line]?.facts ?? [];
  const { cell } = planeOf(both, channel);
  return (
    <div class="proof">
      <ol>
        {lines.map(({ tex }, i) => (
          <li key={tex}>
            <button
              type="button"
              aria-pressed={i === line}
              onClick={() => setParams({ line: i })}
              onPointerEnter={() => setPointed(i)}
              onPointerLeave={() => setPointed(undefined)}
              onFocus={() => setPointed(i)}
              onBlur={() => setPointed(undefined)}
            >
              <Formula tex={tex} />
              <span>{words.lines[i]}</span>
            </button>
          </li>
        ))}
      </ol>
      <div>
        <dl class="numbers-of-proof">
          {factsOf(both, { channel, cell }).map(([name, text]) => (
            <div key={name} class={lit.includes(name) ? "lit" : ""}>
              <dt>{words.facts[name]}</dt>
              <dd data-fact={name}>{text}</dd>
            </div>
          ))}
        </dl>
        <div class={lit.includes("g") ? "lit" : ""}>
          <GradientPlane of={both} channel={channel} />
        </div>
      </div>
    </div>
  );
}

function factsOf(both: Defined, { channel, cell }: { channel: number; cell: number }): [Fact, string][] {
  const { width, height, weights, pooled, gradCam, cam, scaled, residual } = both;
  const Z = width * height;
  const { plane } = planeOf(both, channel);
  const of = (values: Float32Array) => values[channel] ?? 0;
  const [onCam, onGradCam] = [cam.raw.data[cell] ?? 0, gradCam.raw.data[cell] ?? 0];
  return [
    ["Z", `${height} × ${width} = ${Z}`],
    ["F", short(of(pooled))],
    ["w", short(of(weights))],
    ["share", short(1 / Z)],
    ["product", short(of(weights) / Z)],
    ["g", `${short(Math.min(...plane))} … ${short(Math.max(...plane))}`],
    ["alpha", short(of(gradCam.alpha))],
    ["scaled", short(of(scaled))],
    ["residual", short(residual)],
    ["camCell", short(onCam)],
    ["gradCamCell", short(onGradCam)],
    ["ratio", onGradCam === 0 ? "–" : short(onCam / onGradCam)],
  ];
}

import { allKernels, shaderOf } from "../../../src/index.ts";
import { Choice, Pick } from "../../parts/controls.tsx";
import { Wgsl } from "../../parts/wgsl.tsx";
import { param, setParams } from "../../store/link.ts";
import { tapeWords } from "../../strings/tape.ts";
import type { Dispatched } from "./ask.ts";

const texts = ["written", "ran"] as const;

/** The shaders that ran at a stop: the file as it is written, or what the compiler was given of it. */
export function Program({ kernels }: { readonly kernels: readonly Dispatched[] }) {
  const words = tapeWords();
  const text = texts.find((name) => name === param("text")) ?? "written";
  const [first] = kernels;
  if (!first) return <p class="soft">{words.noKernel}</p>;
  const shown = kernels.find((one) => nameOf(one) === param("kernel")) ?? first;
  return (
    <>
      <div class="controls">
        <Pick
          label={words.kernel}
          options={kernels.map((one) => [nameOf(one), titleOf(one, words.times)] as const)}
          value={nameOf(shown)}
          onChange={(kernel) => setParams({ kernel })}
        />
        <Choice
          label={words.text}
          options={texts.map((name) => [name, words.texts[name]] as const)}
          value={text}
          onChange={(name) => setParams({ text: name })}
        />
      </div>
      <Wgsl source={sourceOf(shown, text)} label={`WGSL: ${nameOf(shown)}`} />
    </>
  );
}

function nameOf({ kernel, variant }: Dispatched): string {
  return `${kernel}/${variant}`;
}

function titleOf(one: Dispatched, times: (count: number) => string): string {
  const { elapsedMs } = one;
  const facts = [
    ...(one.times > 1 ? [times(one.times)] : []),
    ...(elapsedMs === undefined ? [] : [`${elapsedMs.toFixed(3)} ms`]),
  ];
  return `${nameOf(one)}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`;
}

function sourceOf({ kernel: name, variant }: Dispatched, text: (typeof texts)[number]): string {
  const kernel = allKernels().find((one) => one.name === name);
  if (!kernel) return "";
  const source = text === "written" ? (kernel.variants[variant]?.source ?? "") : shaderOf(kernel, variant);
  return source
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

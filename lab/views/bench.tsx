import { Reveal } from "../parts/controls.tsx";
import { benchWords } from "../strings/bench.ts";

/** A page of its own, so that its worker has the GPU to itself. */
const page = "bench/index.html";

export function KernelBench() {
  const words = benchWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <ol class="how-to">
        {words.howTo.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
      {words.english !== undefined && <p class="soft">{words.english}</p>}
      <iframe class="bench" src={page} title={words.title} />
      <p>
        <a href={page} target="_blank" rel="noopener">
          {words.alone}
        </a>
      </p>
      <Reveal question={words.question}>
        <p>{words.answer}</p>
      </Reveal>
    </>
  );
}

import { useMemo } from "preact/hooks";
import { backwardRules, type RuleName } from "../../src/index.ts";
import { Answer } from "../parts/answer.tsx";
import { Choice, Reveal } from "../parts/controls.tsx";
import { ClassPicker, SeedPicker } from "../parts/pickers.tsx";
import { useResult } from "../parts/use-result.ts";
import { seedName, target } from "../store/chosen.ts";
import { param, setParams } from "../store/link.ts";
import type { Explained } from "../store/session.ts";
import { nodesOf } from "../store/tape.ts";
import { tapeWords } from "../strings/tape.ts";
import type { AskingProps } from "../views.ts";
import { AllNumbers } from "./tape/all-numbers.tsx";
import { backwardAt, forwardAt } from "./tape/ask.ts";
import { StopView } from "./tape/stop-view.tsx";
import { type Stop, stopsOf, ways } from "./tape/stops.ts";
import { Transport } from "./tape/transport.tsx";

const rules = Object.keys(backwardRules) as RuleName[];

/** A slider passes many stops: only one that is stayed at is computed. */
const passingMs = 60;

export function TapeScrubber({ one }: AskingProps) {
  const words = tapeWords();
  return (
    <>
      <p class="lead">{words.lead}</p>
      <Shown one={one} />
      <Reveal question={words.gateQuestion}>
        <p>{words.gateAnswer}</p>
      </Reveal>
      <Reveal question={words.signQuestion}>
        <p>{words.signAnswer}</p>
      </Reveal>
    </>
  );
}

function Shown({ one }: { readonly one: Explained }) {
  const words = tapeWords();
  const y = seedName.value === "probability" ? one.run.outputs.probs : one.run.outputs.logits;
  const stops = useMemo(() => stopsOf(one.run, nodesOf(one.run), y), [one, y]);
  const way = ways.find((name) => name === param("way")) ?? "forward";
  const asked = stops.findIndex((stop) => stop.way === way && stop.key === param("node"));
  const at = Math.max(asked, 0);
  const rule = rules.find((name) => name === param("rule")) ?? "gradient";
  const stop = stops[at];
  const isBack = stop?.way === "backward";
  const result = useResult(
    stop &&
      (async (signal) => {
        await stayed(signal);
        return isBack ? backwardAt(one, stop, { target: target.value, rule }) : forwardAt(one, stop);
      }),
    [one, stop, ...(isBack ? [target.value, rule] : [undefined, undefined])],
  );
  const go = (to: number) => setParams({ way: stops[to]?.way, node: stops[to]?.key });
  if (!stop) return null;
  return (
    <>
      <div class="controls">
        <ClassPicker />
        <SeedPicker />
        <Choice
          label={words.rule}
          options={rules.map((name) => [name, words.rules[name]] as const)}
          value={rule}
          onChange={(name) => setParams({ rule: name })}
        />
      </div>
      <Transport at={at} count={stops.length} show={titleOf(stop)} pending={result.pending} onGo={go} />
      <Answer result={result}>{(seen) => <StopView seen={seen} rule={rule} />}</Answer>
      <AllNumbers {...{ one, stops, rule }} at={stop} />
    </>
  );
}

function titleOf({ way, node }: Stop): string {
  const words = tapeWords();
  return `${words.ways[way]}: ${node?.label ?? words.input}`;
}

async function stayed(signal: AbortSignal): Promise<void> {
  await new Promise((done) => setTimeout(done, passingMs));
  signal.throwIfAborted();
}

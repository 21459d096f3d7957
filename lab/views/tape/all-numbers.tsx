import type { Flow, FlowNode, RuleName } from "../../../src/index.ts";
import { Answer } from "../../parts/answer.tsx";
import { percent, short } from "../../parts/numbers.ts";
import { useResult } from "../../parts/use-result.ts";
import { target } from "../../store/chosen.ts";
import { param, setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { tapeWords } from "../../strings/tape.ts";
import type { Stop } from "./stops.ts";

interface AllNumbersProps {
  readonly one: Explained;
  readonly stops: readonly Stop[];
  readonly at: Stop;
  readonly rule: RuleName;
}

/** The whole way back in numbers, by one walk that looks at every cotangent; asked for when it is opened. */
export function AllNumbers({ one, stops, at, rule }: AllNumbersProps) {
  const words = tapeWords();
  const open = param("numbers") !== undefined;
  const result = useResult(
    open ? async () => one.run.flow({ target: target.value, layer: "input", rule }) : undefined,
    [open, one, target.value, rule],
  );
  return (
    <details
      class="reveal"
      open={open}
      onToggle={(event) => setParams({ numbers: event.currentTarget.open ? "all" : undefined })}
    >
      <summary>{words.allNumbers}</summary>
      {open && (
        <Answer result={result}>
          {(flow) => (
            <>
              <Norms flow={flow} at={at} />
              <FlowTable flow={flow} stops={stops} at={at} />
            </>
          )}
        </Answer>
      )}
    </details>
  );
}

function isAt(node: FlowNode, { way, node: there }: Stop): boolean {
  return way === "backward" && node.node === there?.index;
}

/** Lengths of all cotangents as bars, on a logarithmic scale. */
function Norms({ flow, at }: { readonly flow: Flow; readonly at: Stop }) {
  const logs = flow.nodes.map(({ norm }) => (norm > 0 ? Math.log10(norm) : Number.NaN));
  const known = logs.filter((log) => !Number.isNaN(log));
  const [low, high] = [Math.min(...known) - 0.5, Math.max(...known)];
  const [first, last] = [flow.nodes[0], flow.nodes.at(-1)];
  const words = tapeWords();
  if (!first || !last) return null;
  return (
    <figure class="norms">
      <svg
        viewBox={`0 0 ${logs.length * 10} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words.normsFrom(first.label, short(first.norm), short(last.norm))}
      >
        {logs.map((log, i) => {
          const node = flow.nodes[i];
          const tall = Number.isNaN(log) ? 0 : Math.max(1, (100 * (log - low)) / (high - low || 1));
          return (
            <rect
              key={node?.label ?? i}
              class={node && isAt(node, at) ? "here" : ""}
              x={i * 10 + 1}
              y={100 - tall}
              width={8}
              height={tall}
            />
          );
        })}
      </svg>
      <figcaption class="soft">{words.norms}</figcaption>
    </figure>
  );
}

function FlowTable({ flow, stops, at }: { readonly flow: Flow; readonly stops: readonly Stop[]; readonly at: Stop }) {
  const words = tapeWords();
  const timed = flow.nodes.some(({ elapsedMs }) => elapsedMs !== undefined);
  const go = (node: FlowNode) => {
    const stop = stops.find((one) => isAt(node, one));
    if (stop) setParams({ way: "backward", node: stop.key });
  };
  return (
    <section class="scroll" aria-label={words.allNumbers}>
      <table>
        <thead>
          <tr>
            {[words.node, words.op, ...words.columns, ...(timed ? ["ms"] : [])].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {flow.nodes.map((node) => (
            <tr key={node.node ?? "input"} class={isAt(node, at) ? "here" : ""}>
              <th scope="row">
                <button type="button" class="plain" onClick={() => go(node)}>
                  {node.label}
                </button>
              </th>
              <td>
                <code>{node.op}</code>
                {node.ruled && " *"}
              </td>
              <td class="number">{short(node.norm)}</td>
              <td class="number">{percent(node.positive)}</td>
              <td class="number">{percent(node.negative)}</td>
              <td class="number">{percent(node.zero)}</td>
              {timed && <td class="number">{node.elapsedMs?.toFixed(3)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {flow.nodes.some(({ ruled }) => ruled) && <p class="soft">{words.ruled(flow.provenance.rule ?? "")}</p>}
      {flow.notes.map((note) => (
        <p key={note} class="soft">
          {note}
        </p>
      ))}
    </section>
  );
}

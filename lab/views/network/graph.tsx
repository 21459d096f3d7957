import type { TapeNode } from "../../../src/index.ts";
import { Picture } from "../../parts/picture.tsx";
import { setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { feeds, keyOf, shapeText } from "../../store/tape.ts";
import { networkWords } from "../../strings/network.ts";
import { type Group, layOut, type Row } from "./layout.ts";
import { NodeDetail } from "./node-detail.tsx";
import { Thumbs } from "./thumbs.tsx";

interface Shown {
  readonly one: Explained;
  readonly nodes: readonly TapeNode[];
  readonly chosen: TapeNode | undefined;
}

interface GraphProps extends Shown {
  readonly groups: readonly Group[];
  /** Names of the open groups. */
  readonly open: ReadonlySet<string>;
  readonly onToggle: (group: Group, wasOpen: boolean) => void;
}

/** The network from the top down; what goes past operations is drawn as a bracket beside them. */
export function Graph({ one, nodes, groups, chosen, open, onToggle }: GraphProps) {
  const isOpen = (group: Group) => open.has(group.name) || (chosen !== undefined && group.nodes.includes(chosen));
  const { rows, joined, skips, lanes } = layOut(one.run, groups, isOpen);
  const columns = lanes > 0 ? `repeat(${lanes}, 14px) minmax(0, 1fr)` : "minmax(0, 1fr)";
  return (
    <div class="graph" style={{ gridTemplateColumns: columns }}>
      {skips.map(({ from, to, lane }) => (
        <span
          key={`${from} ${to}`}
          class="bracket"
          aria-hidden="true"
          style={{ gridRow: `${from + 1} / ${to + 1}`, gridColumn: `${lanes - lane} / ${lanes + 1}` }}
        />
      ))}
      <ol>
        {rows.map((row, i) => (
          <li
            key={keyOfRow(row)}
            class={`${row.kind} ${joined[i] ? "joined" : ""}`}
            style={{ gridRow: i + 1, gridColumn: lanes + 1 }}
          >
            {row.kind === "input" && <Input one={one} />}
            {row.kind === "group" && <GroupLine {...row} run={one.run} onToggle={onToggle} />}
            {row.kind === "node" && <NodeLine {...{ one, nodes, chosen }} node={row.node} />}
          </li>
        ))}
      </ol>
    </div>
  );
}

function keyOfRow(row: Row): string {
  if (row.kind === "input") return "input";
  return row.kind === "group" ? `group ${row.group.nodes[0]?.index}` : String(row.node.index);
}

/** The lines whose name holds what is looked for, one after the other. */
export function Found({ one, nodes, chosen, find }: Shown & { readonly find: string }) {
  const asked = find.toLowerCase();
  const found = nodes.filter(({ label, op }) => `${label} ${op.name}`.toLowerCase().includes(asked));
  return (
    <div class="graph found">
      <p role="status">{networkWords().found(found.length)}</p>
      <ol>
        {found.map((node) => (
          <li key={node.index} class="node">
            <NodeLine {...{ one, nodes, chosen, node }} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function Input({ one }: { readonly one: Explained }) {
  const { input } = one.run;
  return (
    <div class="line">
      <span class="name">
        <strong>{networkWords().input}</strong>
        <span class="soft">{shapeText(input.shape)}</span>
      </span>
      <span class="thumbs">
        <Picture image={one.picture.image} alt={one.picture.name} pixelated={one.picture.image.width < 100} />
      </span>
    </div>
  );
}

interface GroupLineProps {
  readonly run: Explained["run"];
  readonly group: Group;
  readonly open: boolean;
  readonly onToggle: (group: Group, wasOpen: boolean) => void;
}

function GroupLine({ run, group, open, onToggle }: GroupLineProps) {
  const words = networkWords();
  const last = group.nodes.at(-1);
  return (
    <div class="line">
      <button type="button" class="name" aria-expanded={open} onClick={() => onToggle(group, open)}>
        <strong>{group.name}</strong>
        <span class="soft">
          {words.operations(group.nodes.length)}
          {last && ` · ${shapeText(last.output.shape)}`}
          {group.shortcut && ` · ${words.shortcut}`}
        </span>
      </button>
      {!open && last && <Thumbs run={run} tensor={last.output} of={last.label} />}
    </div>
  );
}

function NodeLine({ one, nodes, chosen, node }: Shown & { readonly node: TapeNode }) {
  const words = networkWords();
  const isChosen = node === chosen;
  const from = feeds(one.run, node).map((tensor) => one.run.tape.producerOf(tensor)?.label ?? words.input);
  return (
    <>
      <div class="line">
        <button
          type="button"
          class="name of-node"
          aria-expanded={isChosen}
          onClick={() => setParams({ node: isChosen ? undefined : keyOf(nodes, node) })}
        >
          <span>{node.label}</span>
          <span class="soft">
            <code>{node.op.name}</code> · {shapeText(node.output.shape)}
            {from.length > 1 && ` · ${words.joins(from.join(", "))}`}
          </span>
        </button>
        <Thumbs run={one.run} tensor={node.output} of={node.label} />
      </div>
      {isChosen && <NodeDetail {...{ one, nodes, node }} />}
    </>
  );
}

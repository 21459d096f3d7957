import type { TapeNode } from "../../../src/index.ts";
import { feeds, type Recorded } from "../../store/tape.ts";

/** Operations that stand together under one name. */
export interface Group {
  readonly name: string;
  readonly nodes: readonly TapeNode[];
  /** Whether something from before it, or from its own beginning, joins in past other operations. */
  readonly shortcut: boolean;
}

/** A line of the map. */
export type Row =
  | { readonly kind: "input" }
  | { readonly kind: "group"; readonly group: Group; readonly open: boolean }
  | { readonly kind: "node"; readonly node: TapeNode };

/** A tensor that goes past at least one line: by the places of its two ends. */
export interface Skip {
  readonly from: number;
  readonly to: number;
  /** 0 is next to the lines. */
  readonly lane: number;
}

export interface Layout {
  readonly rows: readonly Row[];
  /** Whether each line hands its result to the next. */
  readonly joined: readonly boolean[];
  readonly skips: readonly Skip[];
  readonly lanes: number;
}

/** "conv2_block1_0_conv" and "block2a_dwconv" are of a block; everything else goes by what stands before "_" or "/". */
const block = /^(?:[a-z]+\d*_)?block_?\d+[a-z]*/;

function groupName(label: string): string {
  return block.exec(label)?.[0] ?? label.split(/[_/]/)[0] ?? label;
}

/** Neighbours of one name together. */
export function groupsOf(run: Recorded, nodes: readonly TapeNode[]): Group[] {
  const groups: { name: string; nodes: TapeNode[] }[] = [];
  for (const node of nodes) {
    const name = groupName(node.label);
    const last = groups.at(-1);
    if (last?.name === name) last.nodes.push(node);
    else groups.push({ name, nodes: [node] });
  }
  return groups.map((group) => ({ ...group, shortcut: group.nodes.some((node) => feeds(run, node).length > 1) }));
}

/** The lines of the map, and what goes past them. */
export function layOut(run: Recorded, groups: readonly Group[], isOpen: (group: Group) => boolean): Layout {
  const rows: Row[] = [{ kind: "input" }];
  const place = new Map<number, number>([[run.input.id, 0]]);
  for (const group of groups) {
    const open = isOpen(group);
    const single = group.nodes.length === 1;
    if (!single) rows.push({ kind: "group", group, open });
    for (const node of group.nodes) {
      if (single || open) rows.push({ kind: "node", node });
      place.set(node.output.id, rows.length - 1);
    }
  }
  return { rows, ...connect(run, { rows, groups, place }) };
}

interface Drawn {
  readonly rows: readonly Row[];
  readonly groups: readonly Group[];
  /** The line of each tensor, by its id. */
  readonly place: ReadonlyMap<number, number>;
}

function connect(run: Recorded, { rows, groups, place }: Drawn): Omit<Layout, "rows"> {
  const edges = new Map<string, { from: number; to: number }>();
  for (const node of groups.flatMap((group) => group.nodes)) {
    const to = place.get(node.output.id) ?? 0;
    for (const { id } of feeds(run, node)) {
      const from = place.get(id) ?? 0;
      if (from < to) edges.set(`${from} ${to}`, { from, to });
    }
  }
  const isHeading = (row: Row | undefined) => row?.kind === "group" && row.open;
  // a heading hands on what came to it
  const next = (at: number): number => (isHeading(rows[at + 1]) ? next(at + 1) : at + 1);
  const joined = rows.map((_, i) => {
    let at = i;
    while (isHeading(rows[at])) at--;
    return edges.has(`${at} ${next(at)}`);
  });
  const past = [...edges.values()].filter(({ from, to }) => to !== next(from));
  const skips = inLanes(past);
  return { joined, skips, lanes: Math.max(0, ...skips.map(({ lane }) => lane + 1)) };
}

/** The shortest nearest to the lines; none over another. */
function inLanes(edges: readonly { readonly from: number; readonly to: number }[]): Skip[] {
  const skips: Skip[] = [];
  for (const edge of edges.toSorted((a, b) => a.to - a.from - (b.to - b.from))) {
    const meets = (other: Skip) => other.from < edge.to && edge.from < other.to;
    const taken = new Set(skips.filter(meets).map(({ lane }) => lane));
    let lane = 0;
    while (taken.has(lane)) lane++;
    skips.push({ ...edge, lane });
  }
  return skips;
}

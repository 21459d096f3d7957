import type { Cell } from "../../parts/cell-map.tsx";
import { numberParam, param, setParams } from "../../store/link.ts";
import type { LayerNumbers } from "./ask.ts";

/** Which channels are added up: those of the largest |alpha|, but for some that were switched one by one. */
export interface Selection {
  readonly top: number;
  readonly switched: ReadonlySet<number>;
}

export function isOn({ top, switched }: Selection, channel: number, { ranks }: LayerNumbers): boolean {
  return (ranks[channel] ?? 0) < top !== switched.has(channel);
}

/** Alpha with 0 for the channels that are off. */
export function chosenAlpha(selection: Selection, numbers: LayerNumbers): Float32Array {
  return numbers.map.alpha.map((value, channel) => (isOn(selection, channel, numbers) ? value : 0));
}

export function withSwitched(selection: Selection, channel: number): Selection {
  const switched = new Set(selection.switched);
  if (!switched.delete(channel)) switched.add(channel);
  return { ...selection, switched };
}

/** The selection, from the address. */
export function selectionOf({ channels }: LayerNumbers): Selection {
  const listed = (param("switch") ?? "").split(".").filter((text) => /^\d+$/.test(text));
  const switched = new Set(listed.map(Number).filter((channel) => channel < channels));
  return { top: Math.min(numberParam("top") ?? channels, channels), switched };
}

export function select({ top, switched }: Selection, { channels }: LayerNumbers): void {
  const list = [...switched].sort((a, b) => a - b).join(".");
  setParams({ top: top === channels ? undefined : top, switch: list || undefined });
}

/** The cell whose sum is written out: the address's, else that of the map's maximum. */
export function chosenCell({ width, height, map }: LayerNumbers): Cell {
  const [, row, column] = /^(\d+)\.(\d+)$/.exec(param("cell") ?? "") ?? [];
  if (Number(row) < height && Number(column) < width) return { row: Number(row), column: Number(column) };
  const { data } = map.raw;
  const best = data.indexOf(Math.max(...data));
  return { row: Math.floor(best / width), column: best % width };
}

export function chooseCell({ row, column }: Cell): void {
  setParams({ cell: `${row}.${column}` });
}

/** The channel that is looked at: the address's, else that of the largest |alpha|. */
export function chosenChannel({ channels, order }: LayerNumbers): number {
  const asked = numberParam("channel");
  return asked !== undefined && asked < channels ? asked : (order[0] ?? 0);
}

/** Orders of channels, as addresses name them. */
export const sorts = ["size", "index"] as const;

export function chosenSort(): (typeof sorts)[number] {
  return sorts.find((name) => name === param("sort")) ?? "size";
}

/** Channels in the order in which they are shown. */
export function shownOrder({ order }: LayerNumbers): readonly number[] {
  return chosenSort() === "size" ? order : order.toSorted((a, b) => a - b);
}

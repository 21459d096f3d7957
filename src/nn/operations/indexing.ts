import { reshape } from "../../autograd/ops/layout.ts";
import { slice } from "../../autograd/ops/permute.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type BuiltLayer, type Step, showLayerShape } from "../layer.ts";
import type { Argument } from "./argument.ts";
import { reversing } from "./moving.ts";
import { type OperationCall, stepsOn, type TensorOperand } from "./operation-call.ts";

/** What is taken along one axis. */
interface Part {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;
  /** One index: the axis goes. */
  readonly single: boolean;
}

/** An axis of one element that is put in. */
const newAxis = "new axis";

const all: Part = { start: null, stop: null, step: 1, single: false };

/** `x[..., None, 1:3, ::-1]`: whole numbers, slices, new axes, an ellipsis; the batch stays whole. */
export function getItem(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  const argument = call.argument(1, "slice_spec", "key");
  const isList = typeof argument === "object" && argument?.kind === "list";
  const items = isList ? argument.items : argument === undefined ? [] : [argument];
  return takeParts(call, x, partsOf(call, items, x.shape.length));
}

function takeParts(call: OperationCall, x: TensorOperand, given: readonly (Part | typeof newAxis)[]): BuiltLayer {
  const parts = given.filter((part) => part !== newAxis);
  const [batch] = parts;
  if (
    !batch ||
    given[0] === newAxis ||
    batch.single ||
    batch.step !== 1 ||
    (batch.start ?? 0) !== 0 ||
    batch.stop !== null
  )
    return call.unsupported("it takes parts of the batch");
  const ranges = parts.map((part, i) => rangeOf(call, part, x.shape[i] ?? null));
  const steps: Step[] = [];
  // an axis turned round first, so that what is left goes forwards
  for (const [axis, part] of parts.entries())
    if (part.step < 0) steps.push(reversing(call, axis, x.shape[axis] ?? null));
  if (ranges.some((range, i) => !isWhole(range, x.shape[i] ?? null))) steps.push({ op: "slice", run: slicing(ranges) });
  if (given.some((part) => part === newAxis || part.single))
    steps.push({ op: "reshape", run: (t) => reshape(t, withAxes(given, t.shape, 1)) });
  const taken = x.shape.map((extent, i) => lengthOf(ranges[i], extent));
  const outputShape = withAxes(given, taken, 1);
  if (outputShape.length > 8) return call.unsupported("it makes more than 8 axes");
  return stepsOn(x, outputShape, steps);
}

/** Extents without the axes of one index, and with the new ones. */
function withAxes<T>(given: readonly (Part | typeof newAxis)[], extents: readonly T[], one: T): T[] {
  const left = [...extents];
  return given.flatMap((part) => {
    if (part === newAxis) return [one];
    const extent = left.splice(0, 1);
    return part.single ? [] : extent;
  });
}

function partsOf(call: OperationCall, items: readonly Argument[], rank: number): (Part | typeof newAxis)[] {
  const parts: (Part | typeof newAxis)[] = [];
  const ellipsis = items.findIndex((item) => typeof item === "object" && item?.kind === "ellipsis");
  const named = items.filter((item, i) => i !== ellipsis && item !== null).length;
  if (named > rank) throw new ShapeError(`${call.title}: ${named} indices for ${rank} axes`);
  for (const [i, item] of items.entries()) {
    if (i === ellipsis) parts.push(...Array<Part>(rank - named).fill(all));
    else if (item === null) parts.push(newAxis);
    else parts.push(partOf(call, item));
  }
  return ellipsis < 0 ? [...parts, ...Array<Part>(rank - named).fill(all)] : parts;
}

function partOf(call: OperationCall, item: Argument): Part {
  if (typeof item === "number" && Number.isSafeInteger(item)) return { start: item, stop: null, step: 1, single: true };
  if (typeof item !== "object" || item === null || item.kind !== "slice")
    return call.unsupported("its indices are other than whole numbers, slices and one ellipsis");
  const [start, stop, step] = item.bounds.map((bound) => {
    if (bound === null || (typeof bound === "number" && Number.isSafeInteger(bound))) return bound;
    return call.unsupported("a slice has a bound that is no whole number");
  });
  if (step === 0) return call.unsupported("a slice has the step 0");
  return { start: start ?? null, stop: stop ?? null, step: step ?? 1, single: false };
}

/** First index and step, counted along the axis as it is after turning round; `stop` may count from the end. */
interface Range {
  readonly start: number;
  /** null for the end. */
  readonly stop: number | null;
  readonly step: number;
}

/** Bounds that count from the end need the extent. */
function rangeOf(call: OperationCall, { start, stop, step, single }: Part, extent: number | null): Range {
  if (single) {
    const at = start !== null && start < 0 && extent !== null ? start + extent : (start ?? 0);
    if (at < 0 || (extent !== null && at >= extent))
      return call.unsupported(`its index ${start} is outside an axis of ${extent ?? "unknown extent"}`);
    return { start: at, stop: at + 1, step: 1 };
  }
  if (step > 0 && (extent === null ? (start ?? 0) >= 0 && stop === null : true)) {
    const from = bounded(start ?? 0, extent);
    const to = stop === null ? null : bounded(stop, extent);
    if (extent !== null && (to ?? extent) <= from) return call.unsupported("a slice takes nothing");
    return { start: from, stop: to, step };
  }
  if (extent === null) return call.unsupported("a slice counts from the end of an axis of unknown extent");
  // index i of the axis is extent - 1 - i of the one turned round
  const from = start === null ? 0 : extent - 1 - Math.min(start < 0 ? start + extent : start, extent - 1);
  const to = stop === null ? null : extent - 1 - Math.max(stop < 0 ? stop + extent : stop, -1);
  if (from < 0 || from >= (to ?? extent)) return call.unsupported("a slice takes nothing");
  return { start: from, stop: to, step: -step };
}

function bounded(index: number, extent: number | null): number {
  if (extent === null) return index;
  return Math.max(0, Math.min(index < 0 ? index + extent : index, extent));
}

function isWhole({ start, stop, step }: Range, extent: number | null): boolean {
  return start === 0 && step === 1 && (stop === null || stop === extent);
}

function lengthOf(range: Range | undefined, extent: number | null): number | null {
  if (!range) return extent;
  const { start, stop, step } = range;
  const end = stop ?? extent;
  return end === null ? null : Math.ceil((end - start) / step);
}

function slicing(ranges: readonly Range[]): Step["run"] {
  return (t: Tensor) => {
    const begin = ranges.map(({ start }) => start);
    const end = ranges.map(({ stop }, i) => stop ?? t.shape[i] ?? 1);
    if (begin.some((start, i) => start >= (end[i] ?? 0)))
      throw new ShapeError(`a slice takes nothing of ${showLayerShape(t.shape)}`);
    return slice(t, { begin, end, steps: ranges.map(({ step }) => step) });
  };
}

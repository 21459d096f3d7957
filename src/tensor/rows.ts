import { ShapeError } from "../errors.ts";
import type { BufferRange } from "../kernels/runtime.ts";
import type { Tensor } from "./tensor.ts";

/** Runs `body` over blocks of rows (first axis) that lie in one buffer of every tensor, so that kernels never see a cut.
 * Nearly always that is one block: the whole.
 * @param tensors read ones under `inputs`, written ones under `outputs`; `most` rows at once, all unless given
 * @throws ShapeError unless all have the same number of rows */
export function overRows<I extends string, O extends string>(
  tensors: { inputs: Readonly<Record<I, Tensor>>; outputs: Readonly<Record<O, Tensor>>; most?: number },
  body: (ranges: Record<I | O, BufferRange>, rows: number, start: number) => void,
): void {
  const inputs = Object.entries<Tensor>(tensors.inputs);
  const outputs = Object.entries<Tensor>(tensors.outputs);
  const all = [...inputs, ...outputs].map(([, tensor]) => tensor);
  const rows = all[0]?.shape[0] ?? 1;
  if (all.some((tensor) => (tensor.shape[0] ?? 1) !== rows)) throw new ShapeError("tensors with different batch sizes");
  const most = Math.max(1, tensors.most ?? rows);
  if (rows <= most && all.every((tensor) => tensor.storage.buffers.length === 1)) {
    const ranges = [...inputs, ...outputs].map(([name, tensor]) => [name, tensor.range]);
    body(Object.fromEntries(ranges) as Record<I | O, BufferRange>, rows, 0);
    return;
  }
  // a power of two, so that blocks begin where a binding may
  const step = 2 ** Math.floor(Math.log2(most));
  const parts = all.map((tensor) => rowsPerPart(tensor, rows));
  let start = 0;
  while (start < rows) {
    const uncut = parts.map((part) => part - (start % part));
    const count = Math.min(step, rows - start, ...uncut);
    runBlock({ inputs, outputs }, start, count, body);
    start += count;
  }
}

function rowsPerPart(tensor: Tensor, rows: number): number {
  const { buffers, partElements } = tensor.storage;
  return buffers.length === 1 || tensor.rowElements === 0 ? rows : partElements / tensor.rowElements;
}

type Named = [string, Tensor][];

function runBlock<K extends string>(
  { inputs, outputs }: { inputs: Named; outputs: Named },
  start: number,
  count: number,
  body: (ranges: Record<K, BufferRange>, rows: number, start: number) => void,
): void {
  const ranges: Record<string, BufferRange> = {};
  const after: (() => void)[] = [];
  for (const [name, tensor] of [...inputs, ...outputs]) {
    const exact = rowRange(tensor, start, count);
    const { runtime, pool } = tensor.engine;
    if (exact.offset % runtime.device.limits.minStorageBufferOffsetAlignment === 0) {
      ranges[name] = exact;
      continue;
    }
    // a row block that no binding may start at goes through a copy
    const temporary = { buffer: pool.take(exact.size), offset: 0, size: exact.size };
    ranges[name] = temporary;
    // outputs too: a kernel may write only part of them
    runtime.copy(exact, temporary);
    const written = outputs.some(([output]) => output === name);
    after.push(() => {
      if (written) runtime.copy(temporary, exact);
      pool.give(temporary.buffer);
    });
  }
  body(ranges as Record<K, BufferRange>, count, start);
  for (const finish of after) finish();
}

/** Copies the elements [from, from + count) of x to `to`, from flat index `at` on, across whatever cuts either has. */
export function copyElements(
  x: Tensor,
  { to, at, from = 0, count = x.size }: { to: Tensor; at: number; from?: number; count?: number },
): void {
  let done = 0;
  while (done < count) {
    const source = elementRange(x, from + done, count - done);
    const target = elementRange(to, at + done, source.size / 4);
    x.engine.runtime.copy({ ...source, size: target.size }, target);
    done += target.size / 4;
  }
}

/** At most `count` elements from flat index `first` on, as many as lie in one buffer. */
function elementRange(tensor: Tensor, first: number, count: number): BufferRange {
  const { buffers, partElements } = tensor.storage;
  const buffer = buffers[Math.floor(first / partElements)];
  if (!buffer) throw new ShapeError(`element ${first} is outside the tensor`);
  const offset = first % partElements;
  return { buffer, offset: 4 * offset, size: 4 * Math.min(count, partElements - offset) };
}

/** Where rows [start, start + count) of a tensor lie; they must lie in one buffer. */
export function rowRange(tensor: Tensor, start: number, count: number): BufferRange {
  const { buffers, partElements } = tensor.storage;
  const first = start * tensor.rowElements;
  const buffer = buffers[Math.floor(first / partElements)];
  if (!buffer) throw new ShapeError(`rows ${start} to ${start + count} are outside the tensor`);
  return { buffer, offset: 4 * (first % partElements), size: 4 * count * tensor.rowElements };
}

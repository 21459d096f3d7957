import type { BufferRange } from "../../kernels/runtime.ts";
import type { Engine } from "../../tensor/engine.ts";

// Drivers and browsers end what holds the GPU for seconds, and a page cannot draw meanwhile. A CPU that plays GPU is slow
// enough for that: there a dispatch gets work for about 200 ms, a submission for about 500 ms.

/** Multiply-adds of one dispatch; SwiftShader does 1.2e9 a second. */
const MOST_AT_ONCE = 2 ** 28;
/** Multiply-adds of one submission: of SwiftShader, and of lavapipe, which does 5e9 a second. */
const MOST_SUBMITTED = { narrow: 2 ** 29, wide: 2 ** 31 };

/** Some rows of a result, and what they are computed of. */
export interface Band {
  /** Whole pictures. */
  readonly read: BufferRange;
  readonly written: BufferRange;
  readonly N: number;
  /** Row of the picture that the band begins with. */
  readonly first: number;
  readonly rows: number;
}

interface Work {
  readonly read: BufferRange;
  readonly written: BufferRange;
  readonly N: number;
  /** Of each picture that is written. */
  readonly rows: number;
  readonly multiplies: number;
}

/** The bands that a slow adapter is given one after the other; elsewhere one, of everything. Where pictures of a batch begin
 * where no binding may, they stay together. */
export function bandsOf(engine: Engine, { read, written, N, rows, multiplies }: Work): Band[] {
  const whole = { read, written, N, first: 0, rows };
  if (!engine.adapter.software || multiplies <= MOST_AT_ONCE) return [whole];
  const alignment = engine.device.limits.minStorageBufferOffsetAlignment;
  const [pictureRead, pictureWritten] = [read.size / N, written.size / N];
  if (N > 1 && (pictureRead % alignment !== 0 || pictureWritten % alignment !== 0)) return [whole];
  const rowBytes = pictureWritten / rows;
  const most = Math.floor(MOST_AT_ONCE / (multiplies / N / rows));
  const step = alignedRows(rowBytes, alignment, most);
  const bands: Band[] = [];
  for (let n = 0; n < N; n++)
    for (let first = 0; first < rows; first += step) {
      const count = Math.min(step, rows - first);
      const picture = { ...read, offset: read.offset + n * pictureRead, size: pictureRead };
      const offset = written.offset + n * pictureWritten + first * rowBytes;
      bands.push({ read: picture, written: { ...written, offset, size: count * rowBytes }, N: 1, first, rows: count });
    }
  return bands;
}

/** At most so many rows, if that can be, after which a binding may begin. */
function alignedRows(rowBytes: number, alignment: number, most: number): number {
  let unit = 1;
  while ((unit * rowBytes) % alignment !== 0) unit *= 2;
  return unit * Math.max(1, Math.floor(most / unit));
}

const encoded = new WeakMap<Engine, { serial: number; multiplies: number }>();

/** How many pieces of so many multiply-adds a slow adapter is given in one dispatch; elsewhere any number. */
export function mostAtOnce({ adapter }: Engine, multiplies: number): number {
  return adapter.software && !adapter.wideRegisters ? Math.floor(MOST_AT_ONCE / multiplies) : Number.POSITIVE_INFINITY;
}

/** To be told of multiply-adds that are encoded: submits them where there are enough for a slow adapter. */
export function spend(engine: Engine, multiplies: number): void {
  const { adapter, runtime } = engine;
  if (!adapter.software || runtime.ahead) return;
  const last = encoded.get(engine);
  const sum = multiplies + (last?.serial === runtime.serial ? last.multiplies : 0);
  encoded.set(engine, { serial: runtime.serial, multiplies: sum });
  if (sum >= (adapter.wideRegisters ? MOST_SUBMITTED.wide : MOST_SUBMITTED.narrow)) runtime.flush();
}

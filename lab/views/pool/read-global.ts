import { globalAvgPool, globalMaxPool, Tape, type Tensor, type TypedData } from "../../../src/index.ts";
import type { Explained } from "../../store/session.ts";

/** What a global pool makes of a layer's channels, and how it hands a cotangent of 1 for each channel back. */
export interface Handed {
  /** [channels] */
  readonly y: TypedData;
  /** [h, w, channels] */
  readonly dx: TypedData;
}

/** A layer's features under both global pools. */
export interface Global {
  readonly shape: readonly [h: number, w: number, channels: number];
  readonly features: TypedData;
  readonly average: Handed;
  readonly maximum: Handed;
}

/** Pools a recorded layer's features anew, on tapes of their own: the recording is not touched. */
export async function readGlobal(one: Explained, layer: string): Promise<Global> {
  const { recording } = one.run;
  const { output } = recording.spatialNode(layer);
  const [, h = 1, w = 1, channels = 1] = output.shape;
  const [features, average, maximum] = await Promise.all([
    recording.read([output], ([data]) => data ?? new Float32Array(0)),
    handed(output, globalAvgPool),
    handed(output, globalMaxPool),
  ]);
  return { shape: [h, w, channels], features, average, maximum };
}

async function handed(features: Tensor, pool: (x: Tensor) => Tensor): Promise<Handed> {
  const { engine } = features;
  using tape = new Tape(engine);
  const pooled = tape.run(() => pool(features));
  const [gradient] = tape.backward(pooled, { wrt: [features] });
  if (!gradient) throw new Error("no gradient at the features");
  using back = gradient;
  const [y, dx] = await engine.read([pooled, back]);
  return { y: y ?? new Float32Array(0), dx: dx ?? new Float32Array(0) };
}

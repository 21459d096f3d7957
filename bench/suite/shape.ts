import { BenchFailure } from "../failure.ts";

/** How a kernel's shapes are written. */
export type ShapeFamily = "conv" | "pool" | "map" | "dense";

/** One size of one kernel, without the batch. */
export interface KernelShape {
  /** As it is printed, complete. */
  readonly text: string;
  readonly H: number;
  readonly W: number;
  readonly C: number;
  /** Output channels; C where a kernel has none of its own. */
  readonly OC: number;
  readonly KH: number;
  readonly KW: number;
  readonly stride: number;
}

const grammar: Readonly<Record<ShapeFamily, string>> = {
  conv: "HxWxC:OC or HxWxC:OC:KxKsS, as in 56x56x256:256:3x3s2 (3x3s1 unless given)",
  pool: "HxWxC or HxWxC:KxKsS, as in 112x112x64:3x3s2",
  map: "HxWxC, as in 56x56x256",
  dense: "IN:OUT, as in 25088:4096",
};

/** Reads a shape as a family of kernels takes it. Kernels without output channels of their own pass over those of a
 * convolution's shape.
 * @param window "KxKsS", taken where the shape names none
 * @throws BenchFailure with the grammar */
export function parseShape(text: string, family: ShapeFamily, window: string): KernelShape {
  const fail = () => new BenchFailure(`--shape ${text}: ${family} kernels take ${grammar[family]}.`);
  const [first = "", ...rest] = text.split(":");
  if (family === "dense") {
    const [C, OC] = [first, rest.join()].map(count);
    if (!C || !OC) throw fail();
    return { text: `${C}:${OC}`, H: 1, W: 1, C, OC, KH: 1, KW: 1, stride: 1 };
  }
  const [H, W, C, ...more] = first.split("x").map(count);
  const channels = count(rest[0] ?? "");
  const windows = channels === undefined ? rest : rest.slice(1);
  if (!H || !W || !C || more.length > 0 || windows.length > 1 || (family === "conv" && !channels)) throw fail();
  const taps = parseWindow(windows[0] ?? window);
  if (!taps) throw fail();
  const base = { H, W, C };
  if (family === "map") return { text: first, ...base, OC: C, KH: 1, KW: 1, stride: 1 };
  const suffix = `${taps.KH}x${taps.KW}s${taps.stride}`;
  if (family === "pool") return { text: `${first}:${suffix}`, ...base, OC: C, ...taps };
  return { text: `${first}:${channels}:${suffix}`, ...base, OC: channels ?? C, ...taps };
}

/** "3x3s2", "3x3", "3s2" or "3". */
function parseWindow(text: string): Pick<KernelShape, "KH" | "KW" | "stride"> | undefined {
  const [, rows = "", columns = rows, stride = "1"] = /^(\d+)(?:x(\d+))?(?:s(\d+))?$/.exec(text) ?? [];
  const [KH, KW, S] = [rows, columns, stride].map(count);
  return KH && KW && S ? { KH, KW, stride: S } : undefined;
}

/** A whole number of at least 1. */
function count(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

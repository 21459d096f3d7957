import type { ByteSource } from "../weights/byte-source.ts";

/** What a benchmark gets from the runtime it runs in. */
export interface BenchHost {
  /** As .gpu/env.json names it. */
  readonly lane: string;
  print(text: string): void;
  /** Opens a file for reading; a page has it in memory, the others read what they need. */
  open(path: string): Promise<ByteSource>;
  /** Writes a text file. */
  save(path: string, text: string): Promise<void>;
  /** Bytes of memory that the runtime's processes hold now and held at most; undefined where that is not known. */
  memory(): Promise<MemoryUse | undefined>;
}

export interface MemoryUse {
  readonly nowBytes: number;
  readonly peakBytes: number;
}

/** What a benchmark's file exports under the name `bench`. */
export type Bench = (args: readonly string[], host: BenchHost) => Promise<void>;

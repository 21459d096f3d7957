import type { BufferRange, Pipeline } from "./pipeline.ts";

/** Past this many they are dropped: what they bind may be long gone. */
const MAX_GROUPS = 8192;

/** Bind groups by what they bind. The pool hands out the same buffers in the same order when a pass is encoded again, so
 * that nearly all are found: making one takes Deno 60 microseconds, finding it 2 (ResNet50, 263 dispatches). */
export class BindGroups {
  readonly #device: GPUDevice;
  readonly #ids = new WeakMap<GPUBuffer, number>();
  #nextId = 0;
  readonly #groups = new Map<string, GPUBindGroup>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The group of a pipeline that binds these ranges in their order. */
  take({ layout, name }: Pipeline, ranges: readonly BufferRange[]): GPUBindGroup {
    let key = name;
    for (const { buffer, offset, size } of ranges) key += ` ${this.#id(buffer)},${offset},${size}`;
    const known = this.#groups.get(key);
    if (known) return known;
    if (this.#groups.size >= MAX_GROUPS) this.drop();
    const group = this.#device.createBindGroup({
      layout,
      entries: ranges.map((resource, binding) => ({ binding, resource })),
    });
    this.#groups.set(key, group);
    return group;
  }

  drop(): void {
    this.#groups.clear();
  }

  #id(buffer: GPUBuffer): number {
    const known = this.#ids.get(buffer);
    if (known !== undefined) return known;
    const id = this.#nextId++;
    this.#ids.set(buffer, id);
    return id;
  }
}

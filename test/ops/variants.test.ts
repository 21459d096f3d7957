// Every variant of every kernel that a row uses, while the kernels not in question are naive, against the reference and
// against naive. Variants meant for real GPUs run too, on the software drivers of the lanes.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allOps } from "../../src/autograd/op.ts";
import { relu } from "../../src/autograd/ops/activations.ts";
import { backwardRules } from "../../src/autograd/rules.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { allKernels } from "../../src/kernels/define.ts";
import type { AdapterReport, Engine } from "../../src/tensor/engine.ts";
import { allCases } from "../cases/all-cases.ts";
import type { OpCase } from "../cases/case.ts";
import { sizeOf } from "../reference/array.ts";
import { expectEqual } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";
import { expectAgreement, expectBackward, expectForward } from "./check-rows.ts";
import { computeAll, type Encoded, encode, expectedOf } from "./evaluate.ts";
import { type Dispatch, dispatchesOf } from "./watch.ts";

const host = useEngine();
/** "kernel/variant" of everything that ran. */
const covered = new Set<string>();
const opsOnTape = new Set<string>();
/** Large rows are for the size alone; they have the same kernels as their neighbours. */
const rows = allCases.filter((row) => Object.values(row.inputs).every(({ shape }) => sizeOf(shape) < 1e5));

describe.each(rows)("$op: $name", (row) => {
  it("all variants agree", async () => {
    const expected = expectedOf(row);
    const results = await computeAll(host.engine, encoders(host.engine, row));
    expect(results.length).toBeGreaterThanOrEqual(2);
    const [naive, ...others] = results;
    for (const computed of results) {
      expectForward(row, { computed, expected });
      expectBackward(row, { computed, expected });
    }
    for (const computed of others) if (naive) expectAgreement(row, { computed, other: naive, expected }, "naive");
  });
});

it.each(["deconvnet", "guided"] as const)("all variants of relu's %s rule agree", async (name) => {
  const { engine } = host;
  for (const size of [20, 35]) {
    const [xs, seeds] = [randomValues("x", size), randomValues("seed", size)];
    const expected = xs.map((x, i) => ((x > 0 || name === "deconvnet") && (seeds[i] ?? 0) > 0 ? (seeds[i] ?? 0) : 0));
    for (const variant of ["vec4", "naive"]) {
      engine.variants.set(`relu-${name}`, variant);
      using x = engine.tensor(xs, [size]);
      using seed = engine.tensor(seeds, [size]);
      using tape = new Tape(engine);
      const y = tape.run(() => relu(x));
      const { result, dispatches } = dispatchesOf(engine, () =>
        tape.backward(y, { seed, wrt: [x], rules: backwardRules[name] }),
      );
      note(dispatches);
      const [dx] = await engine.read(result);
      for (const tensor of result) tensor.dispose();
      expectEqual(dx ?? [], expected, `dx by ${variant}`);
    }
    engine.variants.clear();
  }
});

it("the rows above ran every variant of every kernel that they use", () => {
  const used = allKernels().filter((kernel) => covered.has(`${kernel.name}/naive`));
  const all = used.flatMap((kernel) => Object.keys(kernel.variants).map((variant) => `${kernel.name}/${variant}`));
  expect(used.length).toBeGreaterThan(20);
  expect(all.filter((key) => !covered.has(key))).toEqual([]);
});

it("the rows above ran every operation", () => {
  expect([...allOps().keys()].filter((name) => !opsOnTape.has(name))).toEqual([]);
});

const record = Tape.prototype.record;
beforeAll(() => {
  Tape.prototype.record = function (entry) {
    opsOnTape.add(entry.op.name);
    record.call(this, entry);
  };
});
afterAll(() => {
  Tape.prototype.record = record;
});

/** Naive throughout on an adapter that says it is a CPU, the same on one that says it is a GPU; then one run after
 * another in which each kernel takes the next of its variants, until all had their turn. */
function* encoders(engine: Engine, row: OpCase): Generator<() => Encoded> {
  for (const software of [true, false]) {
    let naive: readonly Dispatch[] = [];
    yield () => {
      const { encoded, dispatches } = pinned(engine, { software, pins: {} }, row);
      naive = dispatches;
      return encoded;
    };
    for (const pins of rounds(naive, software)) yield () => pinned(engine, { software, pins }, row).encoded;
  }
  if (row.op !== "conv2d") return;
  for (const variant of ["naive", "vec4"]) {
    const packing = ["patches", "patches-input-vjp", "patch-rows", "gather-taps"].map((name) => [name, variant]);
    const product = ["product", variant === "naive" ? "naive" : "tile"];
    const pins = Object.fromEntries([...convolutionBy("product"), ...packing, product]);
    yield () => pinned(engine, { software: true, pins }, row).encoded;
  }
  const { shape } = row.inputs.w ?? { shape: [] };
  const [KH, KW, C = 0, OC = 0] = shape;
  if (KH !== 3 || KW !== 3 || C % 4 !== 0 || OC % 4 !== 0) return;
  for (const variant of ["naive", "vec4"]) {
    const transforms = allKernels().filter(({ name }) => name.startsWith("winograd"));
    for (const way of ["winograd-2", "winograd-4"]) {
      const pins = Object.fromEntries([...convolutionBy(way), ...transforms.map(({ name }) => [name, variant])]);
      yield () => pinned(engine, { software: true, pins }, row).encoded;
    }
  }
}

/** A convolution's passes in a way that not every adapter takes by itself. */
function convolutionBy(way: string): string[][] {
  return ["conv2d", "conv2d-input-vjp", "conv2d-filter-vjp"].map((name) => [name, way]);
}

/** The k-th entry pins each kernel to the k-th of its variants that fit this adapter, naive apart; on a GPU, those
 * that fit a CPU had their turn already. */
function rounds(dispatches: readonly Dispatch[], software: boolean): Record<string, string>[] {
  const list: Record<string, string>[] = [];
  for (const kernel of new Set(dispatches.map((dispatch) => dispatch.kernel))) {
    const own = dispatches.filter((dispatch) => dispatch.kernel === kernel);
    const fits = (variant: string, traits: { software: boolean }) =>
      own.some(({ uniforms }) => kernel.variants[variant]?.fits?.(uniforms, traits) ?? true);
    const variants = Object.keys(kernel.variants).filter(
      (variant) =>
        variant !== "naive" && fits(variant, { software }) && (software || !fits(variant, { software: true })),
    );
    for (const [k, variant] of variants.entries()) list[k] = { ...list[k], [kernel.name]: variant };
  }
  return list;
}

/** Runs a row with every kernel naive but those in `pins`, on an adapter that says it is a GPU or a CPU. */
function pinned(
  engine: Engine,
  { software, pins }: { software: boolean; pins: Record<string, string> },
  row: OpCase,
): { encoded: Encoded; dispatches: Dispatch[] } {
  const open: { adapter: AdapterReport } = engine;
  const before = open.adapter;
  open.adapter = { ...before, software };
  for (const { name } of allKernels()) engine.variants.set(name, pins[name] ?? "naive");
  try {
    const { result, dispatches } = dispatchesOf(engine, () => encode(engine, row));
    note(dispatches);
    return { encoded: result, dispatches };
  } finally {
    open.adapter = before;
    engine.variants.clear();
  }
}

function note(dispatches: readonly Dispatch[]): void {
  for (const { kernel, variant } of dispatches) covered.add(`${kernel.name}/${variant}`);
}

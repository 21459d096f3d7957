// The benchmark of one small kernel, and the kernels that measure ceilings, in every lane.
import { expect, it } from "vitest";
import { copyKernel, squareProductKernel } from "../../bench/suite/ceiling-kernels.ts";
import { benchKernel } from "../../bench/suite/kernel-bench.ts";
import { kernelTable } from "../../bench/suite/kernels.ts";
import { parseShape } from "../../bench/suite/shape.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();

it("checks and times every variant of relu", async () => {
  const entry = kernelTable.relu;
  if (!entry) throw new Error("the table has no relu");
  const ceilings = { clock: "wall", fmaGflops: 1, productGflops: 1, productBy: "nothing", copyGBps: 1 } as const;
  const job = { name: "relu", entry, shape: parseShape("5x4x4", entry.family, "1x1s1"), batch: 2 };
  const rows = await benchKernel(host.engine, job, { variant: "all", budgetMs: 1, ceilings });
  expect(rows.map(({ variant, chosen }) => [variant, chosen])).toEqual([
    ["vec4", true],
    ["naive", false],
  ]);
  for (const row of rows) {
    expect(row).toMatchObject({ correct: true, error: 0, shape: "5x4x4", batch: 2 });
    expect(row.medianMs).toBeGreaterThan(0);
    expect(row.gbps).toBeGreaterThan(0);
  }
  await expect(benchKernel(host.engine, job, { variant: "wide", budgetMs: 1, ceilings })).rejects.toThrow(
    /relu has vec4, naive/,
  );
  expect(host.engine.variants.size).toBe(0);
});

it("copies and multiplies rightly where ceilings are measured", async () => {
  const { engine } = host;
  const n = 64;
  const numbers = Float32Array.from({ length: n * n }, (_, i) => ((i * 7) % 13) - 6);
  using a = engine.tensor(numbers, [n, n]);
  using copied = engine.empty([n, n]);
  using product = engine.empty([n, n]);
  engine.run(copyKernel, { x: a.range, y: copied.range }, { n: (n * n) / 4 });
  engine.run(squareProductKernel, { a: a.range, b: copied.range, y: product.range }, { n });
  const [copy, y] = await engine.read([copied, product]);
  expect(copy).toEqual(numbers);
  const expected = numbers.map((_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    return Array.from({ length: n }, (_, k) => (numbers[row * n + k] ?? 0) * (numbers[k * n + column] ?? 0)).reduce(
      (sum, value) => sum + value,
      0,
    );
  });
  expect(y).toEqual(expected);
});

// Which buffers are used again: the ones that fit, and none so large that a later tensor would want it more.
import { expect, it } from "vitest";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
const mebi = 2 ** 20;

it("a smaller tensor takes a free buffer of up to twice its size, and counts by its own", () => {
  const { engine } = host;
  engine.pool.trim();
  engine.empty([4 * mebi]).dispose(); // 16 MiB
  const { liveBytes, pooledBytes } = engine.memory();
  expect(pooledBytes).toBe(16 * mebi);
  const fits = engine.empty([2 * mebi]);
  expect(engine.memory()).toMatchObject({ liveBytes: liveBytes + 8 * mebi, pooledBytes: 8 * mebi });
  const small = engine.empty([mebi]);
  expect(engine.memory()).toMatchObject({ liveBytes: liveBytes + 12 * mebi, pooledBytes: 8 * mebi });
  fits.dispose();
  small.dispose();
  expect(engine.memory()).toMatchObject({ liveBytes, pooledBytes: 20 * mebi });
});

it("takes the free buffer that fits best", () => {
  const { engine } = host;
  engine.pool.trim();
  const sizes = [1.5, 2, 1.25].map((size) => engine.empty([size * mebi]));
  for (const tensor of sizes) tensor.dispose();
  const { pooledBytes } = engine.memory();
  using tensor = engine.empty([1.125 * mebi]);
  expect(tensor.range.buffer.size).toBe(5 * mebi);
  expect(engine.memory().pooledBytes).toBe(pooledBytes - 4.5 * mebi);
});

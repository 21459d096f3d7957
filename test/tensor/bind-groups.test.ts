// A pass that is encoded again binds what it bound before: nothing is made anew, and the values are right all the same.
import { expect, it, onTestFinished } from "vitest";
import { conv2d, matmul, relu } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();

/** Counts bind groups that the device is asked for, until the test is over. */
function countBindGroups(device: GPUDevice): () => number {
  let count = 0;
  const make = device.createBindGroup;
  device.createBindGroup = (descriptor) => {
    count++;
    return make.call(device, descriptor);
  };
  onTestFinished(() => {
    device.createBindGroup = make;
  });
  return () => count;
}

it("makes no bind group when the same pass is encoded again", async () => {
  const { engine } = host;
  using x = engine.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
  using w = engine.tensor([1, -1, 2, 0.5], [2, 2, 1, 1]);
  const made = countBindGroups(engine.device);
  const pass = async () => {
    using y = engine.scope(() => relu(conv2d(x, w, undefined)));
    return [...(await y.read())];
  };
  const values = await pass();
  // 1 - 2 + 2 * 4 + 5 / 2 and so on
  expect(values).toEqual([9.5, 12, 17, 19.5]);
  for (let i = 0; i < 4; i++) await pass();
  const before = made();
  expect(before).toBeGreaterThan(0);
  for (let i = 0; i < 4; i++) expect(await pass()).toEqual(values);
  expect(made()).toBe(before);
});

it("never binds a buffer that is gone", async () => {
  const { engine } = host;
  using a = engine.tensor([1, 2, 3, 4], [1, 2, 2]);
  for (let i = 1; i <= 3; i++) {
    using b = engine.tensor([i, 0, 0, i], [1, 2, 2]);
    using y = matmul(a, b);
    expect([...(await y.read())]).toEqual([i, 2 * i, 3 * i, 4 * i]);
    engine.pool.trim();
  }
});

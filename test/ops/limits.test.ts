// A device with WebGPU's guaranteed limits only, as on the smallest machine.
import { expect, it } from "vitest";
import { conv2dCase } from "../cases/convolution.ts";
import { denseCase } from "../cases/dense.ts";
import { unaryCase } from "../cases/elementwise.ts";
import { useEngine } from "../support/engine.ts";
import { evaluate, expectBackward, expectForward } from "./check-rows.ts";

const host = useEngine({ limits: "default" });

it("asks for nothing above the defaults", () => {
  const { limits } = host.engine.device;
  expect(limits.maxStorageBufferBindingSize).toBe(128 * 1024 * 1024);
  expect(limits.maxComputeInvocationsPerWorkgroup).toBe(256);
  expect(host.engine.maxBindingBytes).toBe(128 * 1024 * 1024);
});

it.each([
  conv2dCase({ name: "default limits", x: [2, 13, 11, 20], w: [3, 3, 20, 132], padding: "same" }),
  denseCase({ name: "default limits", n: 3, k: 128, oc: 64 }),
  unaryCase("softmax", "default limits", { shape: [3, 1000] }),
])("$op: $name", async (row) => {
  const evaluation = await evaluate(host.engine, row);
  expectForward(row, evaluation);
  expectBackward(row, evaluation);
});

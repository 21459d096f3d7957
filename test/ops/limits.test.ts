// A device with WebGPU's guaranteed limits only, as on the smallest machine.
import { expect, it } from "vitest";
import { conv2d } from "../../src/autograd/ops/convolution.ts";
import { Tape } from "../../src/autograd/tape.ts";
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

it("conv2d: more pixels than 65,535 workgroups hold", async () => {
  const { engine } = host;
  const shape = [1, 2049, 2048, 1]; // 64 pixels to a workgroup
  const size = 2049 * 2048;
  using x = engine.tensor(
    Float32Array.from({ length: size }, (_, i) => i % 1009),
    shape,
  );
  using w = engine.tensor([2], [1, 1, 1, 1]);
  using b = engine.tensor([1], [1]);
  using tape = new Tape(engine);
  const y = tape.run(() => conv2d(x, w, b));
  const [dx] = tape.backward(y, { seed: x, wrt: [x] });
  if (!dx) throw new RangeError("no gradient");
  const [ys = [], dxs = []] = await engine.read([y, dx]);
  dx.dispose();
  let wrong = 0;
  for (let i = 0; i < size; i++) if (ys[i] !== 2 * (i % 1009) + 1 || dxs[i] !== 2 * (i % 1009)) wrong++;
  expect(wrong).toBe(0);
});

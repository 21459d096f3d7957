// jax-js: every workload is one function under `jit`, with channels first, the only order that it has. It has no rules for
// gradients of one's own, so that guided backpropagation is walked by hand, each node's gradient being jax-js' own.
import { convInputs, denseInputs, pictureFor } from "./inputs.ts";
import { arrayOf, bodiesOf, type Context, convolve, denseKernel, loadWeights, product, vjp } from "./jax-network.ts";
import { trainingJob } from "./jax-training.ts";
import type { Jax, JaxArray } from "./jax-types.ts";
import type { Contestant, Job } from "./job.ts";
import { channelsFirst, channelsLast, kernelChannelsFirst, kernelChannelsLast } from "./layout.ts";
import { type Network, networks } from "./network.ts";
import type { Backend } from "./peer.ts";
import { type Conv, type ConvPart, explainedClass, outputExtents, type Phase } from "./workloads.ts";

/** @throws Error where the backend does not start */
export async function jaxContestant(jax: Jax, backend: Backend): Promise<Contestant> {
  if (!(await jax.init(backend)).includes(backend)) throw new Error(`jax-js cannot start "${backend}" here`);
  jax.defaultDevice(backend);
  const bindingBytes =
    backend === "webgpu" ? jax.getWebGPUDevice().limits.maxStorageBufferBindingSize : Number.POSITIVE_INFINITY;
  const context = { jax, bindingBytes };
  return {
    network: (name, phase) => networkJob(context, networks[name](), phase),
    training: () => trainingJob(context),
    conv: (conv, part) => convJob(jax, conv, part),
    dense: (...extents) => denseJob(context, extents),
  };
}

/** A job whose result stays on the device. Work whose result is freed before it was submitted is never done, so all results
 * are kept until all are there. */
function opJob(jax: Jax, compute: () => JaxArray, last: (values: Float32Array) => Float32Array): Job {
  let kept: JaxArray | undefined;
  return {
    run: async (calls) => {
      kept?.dispose();
      const results = await jax.blockUntilReady(Array.from({ length: calls }, compute));
      kept = results.pop();
      for (const result of results) result.dispose();
    },
    output: async () => (kept ? last(await kept.ref.data()) : []),
    dispose: () => kept?.dispose(),
  };
}

function convJob(jax: Jax, conv: Conv, part: ConvPart): Job {
  const { h, w, c, oc, k } = conv;
  const [oh, ow] = outputExtents(conv);
  const inputs = convInputs(conv);
  const x = arrayOf(jax, channelsFirst(inputs.x.values, conv), [1, c, h, w]);
  const kernel = arrayOf(jax, kernelChannelsFirst(inputs.filter.values, conv), [oc, c, k, k]);
  const dy = arrayOf(jax, channelsFirst(inputs.dy.values, { h: oh, w: ow, c: oc }), [1, oc, oh, ow]);
  type Body = (x: JaxArray, kernel: JaxArray, dy: JaxArray) => JaxArray;
  const bodies: Readonly<Record<ConvPart, Body>> = {
    forward: (x, kernel) => convolve(jax, x, kernel, conv),
    input: (x, kernel, dy) => vjp(jax, (at) => convolve(jax, at, kernel, conv), [x, dy]),
    filter: (x, kernel, dy) => vjp(jax, (at) => convolve(jax, x, at, conv), [kernel, dy]),
  };
  const order: Readonly<Record<ConvPart, (values: Float32Array) => Float32Array>> = {
    forward: (values) => channelsLast(values, { h: oh, w: ow, c: oc }),
    input: (values) => channelsLast(values, conv),
    filter: (values) => kernelChannelsLast(values, conv),
  };
  const compute = jax.jit(bodies[part]);
  const job = opJob(jax, () => compute(x.ref, kernel.ref, dy.ref), order[part]);
  return { ...job, dispose: () => disposeAll(job, [compute, x, kernel, dy]) };
}

function disposeAll(job: Job, owned: readonly { readonly dispose: () => void }[]): void {
  void job.dispose();
  for (const one of owned) one.dispose();
}

function denseJob(context: Context, extents: readonly [number, number]): Job {
  const { jax } = context;
  const inputs = denseInputs(...extents);
  const x = arrayOf(jax, inputs.x.values, inputs.x.shape);
  const kernel = denseKernel(context, inputs.filter.values, extents);
  const compute = jax.jit((x: JaxArray, kernel: readonly JaxArray[]) => product(jax, x, kernel));
  const job = opJob(
    jax,
    () => compute(x.ref, jax.tree.ref(kernel)),
    (values) => values,
  );
  return { ...job, dispose: () => disposeAll(job, [compute, x, ...kernel]) };
}

function networkJob(context: Context, network: Network, phase: Phase): Job {
  const { jax } = context;
  const [h, w, c] = network.input;
  const parameters = loadWeights(context, network);
  const picture = channelsFirst(pictureFor(network).values, { h, w, c });
  const oneHot = Float32Array.from({ length: 1000 }, (_, i) => (i === explainedClass ? 1 : 0));
  const seed = arrayOf(jax, oneHot, [1, 1000]);
  const compute = jax.jit(bodiesOf(jax, network)[phase]);
  let output = new Float32Array(0);
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) {
        // the library takes the array over
        const x = arrayOf(jax, picture.slice(), [1, c, h, w]);
        output = Float32Array.from(await compute(jax.tree.ref(parameters), x, seed.ref).data());
      }
    },
    output: async () => (phase === "guided" ? channelsLast(output, { h, w, c }) : output),
    dispose: () => {
      jax.tree.dispose(parameters);
      for (const one of [compute, seed]) one.dispose();
    },
  };
}

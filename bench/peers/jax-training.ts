// A training step in jax-js: gradients and Adam in one function under `jit`.
import { trainingInputs } from "./inputs.ts";
import { arrayOf, type Context, layerOf, loadWeights, type Parameters } from "./jax-network.ts";
import type { Jax, JaxArray } from "./jax-types.ts";
import type { Job } from "./job.ts";
import { channelsFirst } from "./layout.ts";
import { networks } from "./network.ts";
import { forward } from "./walk.ts";
import { trainingBatch } from "./workloads.ts";

/** Adam as Keras has it: epsilon is added before the bias of the squares is corrected. */
const adam = { rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** Weights, and the moving means of their gradients and of the squares of these. */
type State = readonly [weights: Parameters, means: Parameters, squares: Parameters];

export function trainingJob(context: Context): Job {
  const { jax } = context;
  const network = networks.mnist();
  const [h, w, c] = network.input;
  const weights = loadWeights(context, network);
  const zeros = () => jax.tree.map((leaf) => jax.numpy.zeros(leaf.shape), weights);
  let state: State = [weights, zeros(), zeros()];
  const inputs = trainingInputs();
  const picture = channelsFirst(inputs.x.values, { h, w, c });
  const step = jax.jit(stepOf(jax));
  const losses: number[] = [];
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) {
        const t = losses.length + 1;
        const rate = (adam.rate * Math.sqrt(1 - adam.beta2 ** t)) / (1 - adam.beta1 ** t);
        const x = arrayOf(jax, picture.slice(), [trainingBatch, c, h, w]);
        const y = arrayOf(jax, inputs.oneHot.values.slice(), inputs.oneHot.shape);
        const [loss, next] = step(state, x, y, jax.numpy.array([rate]));
        state = next;
        losses.push((await loss.data())[0] ?? Number.NaN);
      }
      await jax.blockUntilReady(state);
    },
    output: async () => losses,
    dispose: () => {
      jax.tree.dispose(state);
      step.dispose();
    },
  };
}

function stepOf(jax: Jax) {
  const { numpy, nn, tree } = jax;
  const { nodes } = networks.mnist();
  return (state: State, x: JaxArray, y: JaxArray, rate: JaxArray): [JaxArray, State] => {
    const [weights, means, squares] = state;
    const lossOf = (at: Parameters) => {
      const logits = forward(nodes, new Map([[-1, x]]), layerOf(jax, at));
      return nn
        .logSoftmax(logits)
        .mul(y.ref)
        .sum()
        .mul(-1 / trainingBatch);
    };
    const [loss, gradients] = jax.valueAndGrad(lossOf)(tree.ref(weights));
    const moved = (decay: number) => (mean: JaxArray, value: JaxArray) => mean.ref.mul(decay).add(value.mul(1 - decay));
    const nextMeans = tree.map(moved(adam.beta1), means, tree.ref(gradients));
    const squared = tree.map((gradient) => numpy.square(gradient), gradients);
    const nextSquares = tree.map(moved(adam.beta2), squares, squared);
    const epsilon = numpy.array([adam.epsilon]);
    const update = (weight: JaxArray, mean: JaxArray, square: JaxArray) =>
      weight.ref.sub(mean.ref.mul(rate.ref).div(numpy.sqrt(square.ref).add(epsilon.ref)));
    return [loss, [tree.map(update, weights, nextMeans, nextSquares), nextMeans, nextSquares]];
  };
}

// node scripts/run.mjs examples/train.ts      (or with your own driver: deno run -A ...)
// A small network learns to tell shapes apart: by the plain loop for an epoch, then by `fit`, which is that loop and more.
import * as b from "../src/index.ts";

const layers = [
  ["InputLayer", { name: "image", batch_input_shape: [null, 32, 32, 3] }],
  ["Conv2D", { name: "conv", filters: 8, kernel_size: 3, strides: 2, activation: "relu" }],
  ["Conv2D", { name: "parts", filters: 16, kernel_size: 3, strides: 2, activation: "relu" }],
  ["GlobalMaxPooling2D", { name: "pool" }],
  ["Dense", { name: "scores", units: b.shapesClasses.length, activation: "softmax" }],
].map(([class_name, config]) => ({ class_name, config }));

using engine = await b.Engine.create();
using model = b.Model.fromConfig(engine, { class_name: "Sequential", config: { name: "shapes", layers } });
b.initialize(model, { seed: 1 });
const data = b.shapesDataset({ count: 96, size: 32 });

const weights = b.trainableWeights(model).map(({ tensor }) => tensor);
using optimizer = b.adam(weights, { learningRate: 0.01 });
for await (const batch of b.batches(data, { size: 32, shuffle: 1 })) {
  const loss = engine.scope(() => {
    using tape = new b.Tape(engine);
    const x = engine.tensor(batch.x, batch.shape);
    const labels = engine.tensor(batch.y, [batch.y.length]);
    const probs = model.forward(x, { tape, training: { seed: optimizer.step } });
    const { logits } = b.findOutputs(tape, probs);
    const mean = tape.run(() => b.weightedMean(b.sparseSoftmaxCrossEntropy(logits, labels)));
    optimizer.update(tape.backward(mean, { wrt: weights }));
    return mean.withShape([1]); // a view: the tape frees its own
  });
  console.log(`step ${optimizer.step}: loss ${(await loss.read())[0]?.toFixed(3)}`);
  loss.dispose();
}

using trainer = new b.Trainer(model, { optimizer: (all) => b.adam(all, { learningRate: 0.01 }) });
const { history } = await b.fit(trainer, data, { epochs: 12, batchSize: 8 });
for (const { epoch, loss, accuracy } of history)
  console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, accuracy ${accuracy?.toFixed(2)}`);

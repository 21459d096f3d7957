// Compares networks of keras.applications with Keras at their own picture sizes, which the tests have no time for:
//   python tools/golden/applications.py --full mobilenetv2 efficientnetb0
//   deno run -A --config deno.json --unstable-raw-imports tools/golden/applications-full.ts mobilenetv2 efficientnetb0
import { Engine } from "../../src/tensor/engine.ts";
import { goldenApplication, measureApplication, readApplicationGolden } from "../../test/golden/application-check.ts";

using engine = await Engine.create();
let failures = 0;
for (const name of process.argv.slice(2)) {
  const golden = await readApplicationGolden(name, "applications-full");
  using model = goldenApplication(engine, golden);
  const errors = await measureApplication(model, golden, { gradient: true });
  const layers = Math.max(...errors.layers.map(({ error }) => error));
  const good = layers <= 1e-4 && errors.logits <= 1e-4 && errors.target === golden.target;
  if (!good) failures++;
  const numbers = [layers, errors.logits, errors.gradient ?? 0].map((error) => error.toExponential(1));
  console.log(`${name} ${golden.inputSize}: layers, logits, gradient ${numbers.join(", ")} ${good ? "" : "WRONG"}`);
}
process.exitCode = failures > 0 ? 1 : 0;

// node scripts/run.mjs examples/gradient.ts      (or with your own driver: deno run -A ...)
// Automatic differentiation by hand: record once, walk back, and walk the same recording back by another rule.
import { backwardRules, conv2d, Engine, formatTape, mul, relu, sum, Tape } from "../src/index.ts";

using engine = await Engine.create();
using x = engine.tensor([1, -2, 3, -4, 5, -6, 7, -8, 9], [1, 3, 3, 1]);
using w = engine.tensor([1, 0.5, -0.5, -1], [2, 2, 1, 1]);
using v = engine.tensor([1, 2, -1, 1], [1, 2, 2, 1]);

using tape = new Tape(engine);
const y = tape.run(() => sum(mul(relu(conv2d(x, w, undefined)), v)));
const [dx, dw] = tape.backward(y, { wrt: [x, w] });
const [guided] = tape.backward(y, { wrt: [x], rules: backwardRules.guided });

console.log(formatTape(tape));
for (const [name, tensor] of Object.entries({ y, dx, dw, guided }))
  console.log(`${name}:`, [...((await tensor?.read()) ?? [])].join(" "));

// node examples/gradient.mjs      (after `npm run build`)
// Automatic differentiation by hand: record, walk back, and walk the same recording back by another rule.
import { backwardRules, conv2d, Engine, formatTape, relu, sum, Tape } from "backlight";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals); // Node has no WebGPU of its own
const engine = await Engine.create({ gpu: create([]) });

const x = engine.tensor([1, -2, 3, -4, 5, -6, 7, -8, 9], [1, 3, 3, 1]);
const w = engine.tensor([1, 0.5, -0.5, -1], [2, 2, 1, 1]);

const tape = new Tape(engine);
const y = tape.run(() => sum(relu(conv2d(x, w, undefined))));
const [dx, dw] = tape.backward(y, { wrt: [x, w] });
const [guided] = tape.backward(y, { wrt: [x], rules: backwardRules.guided });

console.log(formatTape(tape));
for (const [name, tensor] of Object.entries({ y, dx, dw, guided })) console.log(name, ...(await tensor.read()));
engine.dispose();
process.exit(0); // Dawn's threads would keep Node alive

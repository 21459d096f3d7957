// node scripts/run.mjs examples/grad-cam.ts [PICTURE]      (or with your own driver: deno run -A ...)
// Where does the built-in network see its first two guesses? Writes one heat map for each.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import {
  bytesSource,
  classLogit,
  decodeImage,
  Engine,
  encodePng,
  explain,
  loadModel,
  modelInput,
} from "../src/index.ts";

const weights = new URL("../weights/efficientnet-lite0.safetensors", import.meta.url);
const sample = new URL("../weights/samples/cat-and-coffee.jpg", import.meta.url);

using engine = await Engine.create();
const model = await loadModel(engine, bytesSource(new Uint8Array(readFileSync(weights)), "efficientnet-lite0"));

const picture = await decodeImage(new Uint8Array(readFileSync(process.argv[2] ?? sample)));
using x = modelInput(model, picture); // resized and prepared as the model's file says
const run = explain(model, x); // one forward pass, for all the questions that follow
for (const { index, probability } of await run.predictions(2)) {
  const heat = await run.gradCam({ target: classLogit(index) });
  const file = `grad-cam-${index}.png`;
  writeFileSync(file, await encodePng(heat.overlay(picture)));
  console.log(`class ${index}, ${(100 * probability).toFixed(1)} %: ${file}`);
}
run.dispose();

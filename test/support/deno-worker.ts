// Runs inside Deno, started by deno-pool.ts: connects vitest's worker to the channel of the parent process.
import { Buffer } from "node:buffer";
import process from "node:process";
import { deserialize } from "node:v8";
import { stringify } from "flatted";
import { init, runBaseTests, setupEnvironment } from "vitest/worker";

const send = process.send?.bind(process);
if (!send) throw new Error("deno-worker.ts was started without an IPC channel: run the tests with `npx vitest run`");
// Tests may replace methods of `process`: keep the ones of now.
const on = process.on.bind(process);
const off = process.off.bind(process);
// The parent was killed: nobody will ask for anything any more, nor stop this process.
process.once("disconnect", () => process.exit(1));

init({
  post: (message) => send(message),
  on: (listener) => on("message", listener),
  off: (listener) => off("message", listener),
  serialize: (message) => stringify(message),
  deserialize: (text) => deserialize(Buffer.from(text as string, "base64")),
  runTests: (state, traces) => runBaseTests("run", state, traces),
  collectTests: (state, traces) => runBaseTests("collect", state, traces),
  setup: setupEnvironment,
});

// A vitest pool whose workers are Deno processes: the same runner, reporter and test files as everywhere else.
// Node -> Deno goes as v8-serialized base64 (Deno's V8 is newer and reads the older format);
// Deno -> Node goes as flatted JSON, since Node cannot read the newer format.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { parse } from "flatted";
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from "vitest/node";

const workerFile = fileURLToPath(new URL("./deno-worker.ts", import.meta.url));
const denoArguments = ["run", "--allow-all", "--no-lock", "--quiet"];
// A kernel that hangs blocks Deno's event loop: it cannot answer a polite request to stop.
const stopWithinMs = 2000;

class DenoWorker implements PoolWorker {
  readonly name: string;
  readonly reportMemory = false;
  readonly cacheFs = true;
  readonly #deno: string;
  readonly #options: PoolOptions;
  #child: ChildProcess | undefined;

  constructor(name: string, deno: string, options: PoolOptions) {
    this.name = name;
    this.#deno = deno;
    this.#options = options;
  }

  get #running(): ChildProcess {
    if (!this.#child) throw new Error(`the Deno process of ${this.name} is not running`);
    return this.#child;
  }

  on(event: string, listener: (arg: never) => void): void {
    this.#running.on(event, listener as (arg: unknown) => void);
  }

  off(event: string, listener: (arg: never) => void): void {
    this.#running.off(event, listener as (arg: unknown) => void);
  }

  send(message: WorkerRequest): void {
    this.#running.send(serialize(message).toString("base64"));
  }

  deserialize(data: unknown): unknown {
    return parse(data as string);
  }

  async start(): Promise<void> {
    this.#child ??= fork(workerFile, [], {
      execPath: this.#deno,
      execArgv: denoArguments,
      env: this.#options.env as NodeJS.ProcessEnv,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "json",
    });
  }

  async stop(): Promise<void> {
    const child = this.#running;
    this.#child = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    const timer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
    child.kill();
    await exited;
    clearTimeout(timer);
  }
}

/** The pool of one lane.
 * @param name the lane: workers are shared only between pools of one name
 * @param deno path of the Deno program */
export function denoPool(name: string, deno: string): PoolRunnerInitializer {
  return { name, createPoolWorker: (options) => new DenoWorker(name, deno, options) };
}

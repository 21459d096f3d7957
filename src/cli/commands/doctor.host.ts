import process from "node:process";
import type { Engine } from "../../index.ts";
import { type KernelResult, selfTest } from "../doctor/self-test.ts";
import { openEngine } from "../engine.host.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes } from "../usage.ts";
import { version } from "../version.ts";

/** `backlight doctor`: what the adapter is, and whether every kernel computes rightly on it. */
export async function runDoctor(_options: ParsedOptions, terminal: Terminal): Promise<number> {
  const engine = await openEngine(terminal);
  try {
    return await examine(engine, terminal);
  } finally {
    engine.dispose();
  }
}

/** Tells about the engine's device, and checks its kernels.
 * @returns the exit code */
export async function examine(engine: Engine, terminal: Terminal): Promise<number> {
  const device = await describeDevice(engine);
  showDevice(device, terminal);
  const kernels = await selfTest(engine, {
    onProgress: (done, total) => terminal.progress("checking kernels", done, total),
  });
  showKernels(kernels, terminal);
  const ok = kernels.every((kernel) => kernel.ok);
  terminal.result({ ok, version, ...device, kernels });
  return ok ? exitCodes.ok : exitCodes.failure;
}

interface Device {
  readonly runtime: string;
  readonly adapter: Engine["adapter"];
  readonly features: { readonly adapter: readonly string[]; readonly device: readonly string[] };
  readonly limits: Readonly<Record<string, Limit>>;
}

interface Limit {
  readonly adapter: number | undefined;
  readonly device: number;
}

/** The engine's device, beside what its adapter could give. */
async function describeDevice(engine: Engine): Promise<Device> {
  const { device } = engine;
  const adapter = await globalThis.navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  const limits: Record<string, Limit> = {};
  for (const name of limitNames(device.limits)) {
    const [most, granted] = [adapter?.limits, device.limits].map((all) => numberIn(all, name));
    if (granted !== undefined) limits[name] = { adapter: most, device: granted };
  }
  return {
    runtime: runtimeName(),
    adapter: engine.adapter,
    features: { adapter: [...(adapter?.features ?? [])].sort(), device: [...device.features].sort() },
    limits,
  };
}

/** They are getters of the object or of a prototype of it, as the runtime has it. */
function limitNames(limits: GPUSupportedLimits): string[] {
  const names = new Set<string>();
  for (let at: object | null = limits; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) if (/^m(ax|in)[A-Z]/.test(name)) names.add(name);
  return [...names].sort();
}

function numberIn(limits: GPUSupportedLimits | undefined, name: string): number | undefined {
  const value: unknown = limits && Reflect.get(limits, name);
  return typeof value === "number" ? value : undefined;
}

function runtimeName(): string {
  const { deno, v8, node } = process.versions;
  const name = deno === undefined ? `Node ${node}` : `Deno ${deno}`;
  return `${name} (V8 ${v8}), ${process.platform} ${process.arch}`;
}

function showDevice({ runtime, adapter, features, limits }: Device, terminal: Terminal): void {
  const { vendor, architecture, software } = adapter;
  // some runtimes give the vendor's PCI number only
  const made = [vendor, architecture].filter((text) => /[a-z]/i.test(text)).join(", ");
  terminal.say(`Kind: ${software ? "software" : "graphics processor"}${made === "" ? "" : ` (${made})`}`);
  terminal.say(`Runtime: ${runtime}`);
  terminal.say(`Features in use: ${features.device.join(", ") || "none"}`);
  const unused = features.adapter.filter((name) => !features.device.includes(name));
  terminal.say(`Features not needed: ${unused.join(", ") || "none"}`);
  const names = Object.keys(limits);
  const width = Math.max(...names.map((name) => name.length));
  terminal.say(`\n${"limit".padEnd(width)}  ${"adapter".padStart(14)}  ${"granted".padStart(14)}`);
  for (const [name, { adapter: most, device }] of Object.entries(limits))
    terminal.say(`${name.padEnd(width)}  ${String(most ?? "?").padStart(14)}  ${String(device).padStart(14)}`);
}

function showKernels(kernels: readonly KernelResult[], terminal: Terminal): void {
  const width = Math.max(...kernels.map(({ kernel }) => kernel.length));
  terminal.say(`\n${"kernel".padEnd(width)}  max error          variants`);
  for (const { kernel, ok, maxError, variants } of kernels) {
    const error = maxError === undefined ? "" : maxError.toExponential(1);
    terminal.say(`${kernel.padEnd(width)}  ${error.padStart(9)}  ${ok ? "ok    " : "FAILED"}  ${named(variants)}`);
    for (const { variant, problem } of variants) if (problem !== undefined) terminal.say(`  ${variant}: ${problem}`);
  }
  const all = kernels.flatMap(({ variants }) => variants);
  const failed = all.filter(({ status }) => status === "failed").length;
  const left = all.filter(({ status }) => status === "other adapters").length;
  const rest = left > 0 ? `; ${left} in brackets are for another kind of adapter` : "";
  const verdict = failed > 0 ? `${failed} FAILED` : "all are right";
  terminal.say(`\n${kernels.length} kernels, ${all.length - left} variants checked: ${verdict}${rest}.`);
}

function named(variants: KernelResult["variants"]): string {
  return variants.map(({ variant, status }) => (status === "other adapters" ? `(${variant})` : variant)).join(" ");
}

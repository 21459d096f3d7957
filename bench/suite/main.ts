// The benchmark for people: npm run bench -- [OPTIONS], or node bench/run.mjs LANE bench/suite/main.ts [OPTIONS]
// Ceilings of the adapter first; then kernels, variant by variant, each checked before it is timed; then networks.
// bench/README.md says how to read it.
import { Engine } from "../../src/index.ts";
import { BenchFailure } from "../failure.ts";
import type { Bench, BenchHost } from "../host.ts";
import { compareDocuments, comparisonTable, isComparable } from "./baseline.ts";
import { measureCeilings } from "./ceilings.ts";
import { comparePeers } from "./compare.ts";
import {
  type BenchDocument,
  type Ceilings,
  DOCUMENT_VERSION,
  documentText,
  machineOf,
  readDocument,
} from "./document.ts";
import { benchKernel, type KernelJob } from "./kernel-bench.ts";
import { kernelTable } from "./kernels.ts";
import { benchPhase, type ModelJob, type ModelResult } from "./model-bench.ts";
import { helpText, parseSuiteOptions, type SuiteOptions } from "./options.ts";
import { reportHtml } from "./report.ts";
import { parseShape } from "./shape.ts";
import { makeModel, usualBatch } from "./subject.ts";
import {
  ceilingLines,
  kernelCells,
  kernelHeader,
  kernelTableText,
  layerTableText,
  modelCells,
  modelHeader,
  peerCells,
  peerHeader,
  textTable,
} from "./tables.ts";
import { traceText } from "./trace.ts";

export const bench: Bench = async (args, host) => {
  const options = parseSuiteOptions(args);
  if (options.help) return host.print(helpText());
  // what cannot be read, or is no shape, is to be known before anything is measured
  const before = options.baseline === undefined ? undefined : await readBaseline(host, options.baseline);
  const jobs = kernelJobs(options);
  using engine = await Engine.create();
  const machine = machineOf(engine.adapter, { lane: host.lane, args, date: new Date() });
  host.print(`${host.lane}: ${machine.adapter}, ${machine.runtime}, Backlight ${machine.engineVersion}`);
  const ceilings = await measureCeilings(engine, { budgetMs: options.budgetMs });
  host.print(ceilingLines(ceilings));
  const kernels = await runKernels(engine, jobs, { options, ceilings, host });
  const models = await runModels(engine, { options, ceilings, host });
  const peers = await comparePeers(engine, { options, jobs, host });
  if (peers.length > 0) host.print(`\n${textTable(peerHeader, peers.map(peerCells))}`);
  const rows = models.map(({ row }) => row);
  const document: BenchDocument = { version: DOCUMENT_VERSION, machine, ceilings, kernels, models: rows, peers };
  await writeFiles(document, models, { options, host });
  judge(document, before, { options, host });
};

async function readBaseline(host: BenchHost, path: string): Promise<BenchDocument> {
  const source = await host.open(path);
  try {
    return readDocument(new TextDecoder().decode(source.read(0, source.size)), path);
  } finally {
    source.close();
  }
}

/** Every kernel at every shape. Where several kernels are asked for, shapes of another kind of kernel are passed over.
 * @throws BenchFailure for a shape that no kernel takes */
export function kernelJobs({ kernels, shapes, batches }: SuiteOptions): KernelJob[] {
  const failures: unknown[] = [];
  const jobs = kernels.flatMap((name) => {
    const entry = kernelTable[name];
    if (!entry) return [];
    return (shapes.length > 0 ? shapes : entry.shapes).flatMap((text) => {
      try {
        const shape = parseShape(text, entry.family, entry.window ?? "1x1s1");
        return (batches ?? [1]).map((batch): KernelJob => ({ name, entry, shape, batch }));
      } catch (error) {
        failures.push(error);
        return [];
      }
    });
  });
  if (failures.length > 0 && (kernels.length === 1 || jobs.length === 0)) throw failures[0];
  return jobs;
}

interface Context {
  readonly options: SuiteOptions;
  readonly ceilings: Ceilings;
  readonly host: BenchHost;
}

async function runKernels(engine: Engine, jobs: readonly KernelJob[], { options, ceilings, host }: Context) {
  const { variant, budgetMs } = options;
  const rows: BenchDocument["kernels"][number][] = [];
  for (const job of jobs) {
    const measured = await benchKernel(engine, job, { variant, budgetMs, ceilings });
    if (measured.length === 0) host.print(`${job.name} ${job.shape.text}: ${variant} does not fit it on this adapter`);
    rows.push(...measured);
    // a run takes minutes: each line as it comes, the table at the end
    for (const row of measured) host.print(`  ${kernelCells(row).join("  ")}`);
  }
  if (rows.length > 0) host.print(`\n${kernelTableText({ kernels: rows })}`);
  return rows;
}

async function runModels(engine: Engine, { options, ceilings, host }: Context): Promise<ModelResult[]> {
  const results: ModelResult[] = [];
  for (const name of options.models) {
    using model = makeModel(engine, name);
    for (const phase of options.phases)
      for (const batch of options.batches ?? [usualBatch(name, phase)]) {
        const job: ModelJob = { name, phase, batch };
        const result = await benchPhase(model, job, { runs: options.runs, ceilings });
        results.push(result);
        if (result.dispatches) host.print(`\n${layerTableText(result.row)}`);
        else host.print(`${name} ${phase}: no table of layers, since this device has no timestamps`);
      }
  }
  if (results.length > 0)
    host.print(
      `\n${textTable(
        modelHeader,
        results.map(({ row }) => modelCells(row)),
      )}`,
    );
  return results;
}

type Output = Pick<Context, "options" | "host">;

async function writeFiles(document: BenchDocument, models: readonly ModelResult[], { options, host }: Output) {
  const { json, report, trace } = options;
  if (json !== undefined) await host.save(json, documentText(document));
  if (report !== undefined) await host.save(report, reportHtml(document));
  if (trace === undefined) return;
  // an explanation rather than a forward pass alone
  const timed = models.filter(({ dispatches }) => dispatches);
  const traced = timed.find(({ row }) => /^(gradcam|guided)/.test(row.phase)) ?? timed[0];
  if (!traced?.dispatches) throw new BenchFailure("--trace: this device has no timestamps; no trace was written.");
  const { model, phase, batch } = traced.row;
  await host.save(
    trace,
    traceText(traced.dispatches, { what: `${model} ${phase} x${batch}`, machine: document.machine }),
  );
}

/** Prints the comparison with the baseline.
 * @throws BenchFailure for wrong results and for regressions */
function judge(document: BenchDocument, before: BenchDocument | undefined, { options, host }: Output): void {
  const wrong = document.kernels.filter(({ correct }) => !correct);
  if (wrong.length > 0) throw new BenchFailure(`wrong results: ${textTable(kernelHeader, wrong.map(kernelCells))}`);
  if (!before) return;
  const { thresholdPercent } = options;
  const comparisons = compareDocuments(before, document, thresholdPercent);
  const title = `against ${options.baseline} of ${before.machine.date}`;
  if (comparisons.length === 0) throw new BenchFailure(`${title}: nothing was measured both times`);
  host.print(`\n${title}:\n${comparisonTable(comparisons)}`);
  if (!isComparable(before, document))
    host.print(
      `It was measured on ${before.machine.adapter}, ${before.machine.runtime}: nothing counts as a regression.`,
    );
  const slower = comparisons.filter(({ regressed }) => regressed);
  if (slower.length > 0) throw new BenchFailure(`${slower.length} slower by more than ${thresholdPercent} %`);
}

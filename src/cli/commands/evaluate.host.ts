import { basename, resolve, sep } from "node:path";
import { type Engine, encodePng, type Model, type Prediction, type Run } from "../../index.ts";
import { classIndex, classTitle } from "../class-names.ts";
import { openEngine } from "../engine.host.ts";
import { Evaluation, type EvaluationChoice, evaluateRun, type Results } from "../evaluation.ts";
import { type EvaluatedPicture, type EvaluationReport, evaluationHtml } from "../evaluation-report.ts";
import { record } from "../explanation.ts";
import { readWhole, writeFolder } from "../files.host.ts";
import { decodeFile, imageInput } from "../input.ts";
import { chooseMethods, type MethodChoice, type MethodName, methodTitle } from "../methods.ts";
import type { MetricName } from "../metric-names.ts";
import { chooseMetrics, metricFacts, shownValue } from "../metrics.ts";
import { openModel } from "../open-model.host.ts";
import type { ParsedOptions } from "../options.ts";
import { shownImage } from "../pictures.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes, UsageError } from "../usage.ts";
import { version } from "../version.ts";

/** Measured unless others are asked for: three that differ most. */
const usualMethods = ["gradcam,guided-gradcam,saliency"];
/** What gives no map of its own. */
const unmeasured: readonly MethodName[] = ["sweep", "saliency-positive", "saliency-negative"];

interface Work {
  readonly options: ParsedOptions;
  readonly choice: EvaluationChoice;
  readonly terminal: Terminal;
}

interface Done extends EvaluationReport {
  readonly indices: readonly number[];
  readonly engine: Engine;
}

/** `backlight evaluate IMAGE...` */
export async function runEvaluate(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const chosen = measurable(options.all("method"));
  const choice = {
    ...chosen,
    metrics: chooseMetrics(options.all("metrics")),
    layer: options.get("layer"),
    steps: options.whole("steps", 1),
    samples: options.whole("samples", 1),
    batch: options.whole("batch", 1),
  };
  const out = resolve(options.get("out") ?? "out");
  const done = await writeFolder(out, async (folder) => {
    const engine = await openEngine(terminal);
    try {
      const report = await evaluate(engine, { options, choice, terminal });
      folder.write("curves.json", `${JSON.stringify(numbersOf(report), undefined, 1)}\n`);
      folder.write("report.html", evaluationHtml(report));
      return report;
    } finally {
      engine.dispose();
    }
  });
  announce(terminal, done, out);
  return exitCodes.ok;
}

/** @throws UsageError for a method that has no one map to measure, by name; of groups it is left out */
function measurable(values: readonly string[]): MethodChoice {
  const asked = values.flatMap((value) => value.split(",")).map((name) => name.trim());
  const wrong = unmeasured.find((name) => asked.includes(name));
  if (wrong !== undefined)
    throw new UsageError(
      `--method: "${wrong}" has no map of its own to measure. ` +
        `Take ${wrong === "sweep" ? "gradcam with --layer" : "saliency"}.`,
    );
  const { methods, lenient } = chooseMethods(values.length > 0 ? values : usualMethods);
  return { methods: methods.filter((name) => !unmeasured.includes(name)), lenient };
}

async function evaluate(engine: Engine, work: Work): Promise<Done> {
  const { options, choice, terminal } = work;
  const files = await Promise.all(options.args.map((path) => openPicture(path, options)));
  const [weights, theano] = [options.get("weights"), options.has("theano")];
  const name = options.get("model") ?? "efficientnet-lite0";
  const model = await openModel(engine, { model: name, weights, theano }, terminal);
  if (choice.layer !== undefined && !choice.layer.includes("/")) model.layer(choice.layer);
  const wanted = options.get("class");
  const index = wanted === undefined ? undefined : classIndex(model, wanted);
  const evaluation = new Evaluation();
  const notes = new Set<string>();
  const pictures: (EvaluatedPicture & { readonly index: number })[] = [];
  for (const { path, image } of files) {
    const prepared = imageInput(model, image, {
      preprocess: options.get("preprocess"),
      interpolation: options.get("interpolation"),
    });
    for (const note of prepared.assumptions) notes.add(note);
    using x = prepared.x;
    const run = await record(model, x);
    try {
      const best = await explainedClass(run, model, index);
      const progress = (what: string, done: number, total: number) =>
        terminal.progress(`${basename(path)}: ${what}`, done, total);
      const { results, skipped } = await evaluateRun(run, { ...choice, index: best.index }, progress);
      for (const { method, why } of skipped) notes.add(`Without ${methodTitle(method)}: ${why}`);
      evaluation.add(results);
      const title = classTitle(best.index, best.label);
      pictures.push({
        name: basename(path),
        image: await encodePng(shownImage(image)),
        title,
        results,
        index: best.index,
      });
    } finally {
      run.dispose();
    }
  }
  return {
    model: model.name,
    adapter: engine.adapter.name,
    version,
    methods: choice.methods.filter((method) => pictures.some(({ results }) => results[method])),
    metrics: choice.metrics,
    pictures,
    indices: pictures.map((one) => one.index),
    mean: (method, metric) => evaluation.summary(method, metric)?.mean,
    notes: [...notes],
    engine,
  };
}

async function openPicture(path: string, options: ParsedOptions) {
  const image = await decodeFile(readWhole(path, "the image"), path, { orient: options.has("orient") });
  return { path, image };
}

async function explainedClass(
  run: Run,
  model: Model,
  index: number | undefined,
): Promise<Pick<Prediction, "index" | "label">> {
  if (index === undefined) {
    const [best] = await run.predictions(1);
    if (best) return best;
  }
  const label = model.classNames?.[index ?? 0];
  return { index: index ?? 0, ...(label === undefined ? {} : { label }) };
}

/** Everything that was measured, for curves.json and --json. */
function numbersOf(report: Done): object {
  const { model, adapter, methods, metrics, pictures, mean, indices, notes } = report;
  const means: Results<object> = Object.fromEntries(
    methods.map((method) => [
      method,
      Object.fromEntries(metrics.map((metric) => [metric, mean(method, metric) ?? null])),
    ]),
  );
  return {
    model,
    adapter,
    pictures: pictures.map(({ name, title, results }, i) => ({
      image: name,
      class: { index: indices[i], title },
      results,
    })),
    mean: means,
    notes,
  };
}

function announce(terminal: Terminal, report: Done, out: string): void {
  for (const note of report.notes) terminal.note(note);
  for (const { name, title } of report.pictures) terminal.say(`${name}: ${title}`);
  terminal.say("");
  for (const line of textTable(report)) terminal.say(line);
  terminal.say(`\nWrote report.html and curves.json into ${out}${sep}`);
  terminal.result({ ...numbersOf(report), folder: out });
}

/** A row for each method, a column for each metric, and what is better below. */
function textTable({ methods, metrics, mean }: EvaluationReport): string[] {
  const cell = (method: MethodName, metric: MetricName) => {
    const result = mean(method, metric);
    if (!result) return "-";
    return shownValue(metric, metricFacts(metric).value(result as Readonly<Record<string, unknown>>));
  };
  const rows = [
    ["", ...metrics],
    ...methods.map((method) => [method, ...metrics.map((metric) => cell(method, metric))]),
    ["better", ...metrics.map((metric) => metricFacts(metric).better)],
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart((widths[i] ?? 0) + 2))).join(""),
  );
}

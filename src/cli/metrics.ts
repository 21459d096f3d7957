import { averageDrop } from "../explain/faithfulness/average-drop.ts";
import { deletion } from "../explain/faithfulness/deletion.ts";
import { infidelity } from "../explain/faithfulness/infidelity.ts";
import { insertion } from "../explain/faithfulness/insertion.ts";
import { maxSensitivity } from "../explain/faithfulness/max-sensitivity.ts";
import type { TargetMethod } from "../explain/faithfulness/method.ts";
import { parameterRandomisation } from "../explain/faithfulness/randomisation.ts";
import { layerWeights } from "../explain/faithfulness/rerecord.ts";
import { road } from "../explain/faithfulness/road.ts";
import { classLogit, classProbability, type HeatMap, type PixelMap, type Run } from "../index.ts";
import { type MetricName, metricNames, usualMetrics } from "./metric-names.ts";
import { unknownChoice } from "./options.ts";

/** A map to be measured, and how. */
export interface Measured {
  readonly run: Run;
  readonly map: HeatMap | PixelMap;
  /** Makes such a map of another run. */
  readonly method: TargetMethod;
  /** The class whose score is watched. */
  readonly index: number;
  readonly steps?: number | undefined;
  readonly samples?: number | undefined;
  readonly batch?: number | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/** A line of a chart. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a metric gives for one map; a form of its own for each. */
type Facts = Readonly<Record<string, unknown>>;

interface MetricFacts {
  readonly title: string;
  readonly meaning: string;
  readonly better: "higher" | "lower";
  readonly measure: (measured: Measured) => Promise<object>;
  /** The one number of the table, of a result or of the mean of several. */
  readonly value: (result: Facts) => number;
  /** How the number is written. */
  readonly unit?: "share";
  readonly chart?: { readonly x: string; readonly y: string; readonly lines: (result: Facts) => readonly Line[] };
}

const numberAt = (key: string) => (result: Facts) => Number(result[key]);

/** The points of a result's list. */
function points(result: Facts, list: string, [x, y]: readonly [string, string]): Line["points"] {
  return (result[list] as readonly Facts[]).map((point) => [Number(point[x]), Number(point[y])] as const);
}

const scoreCurve = {
  y: "probability",
  lines: (result: Facts) => [{ name: "", points: points(result, "curve", ["share", "score"]) }],
};

/** At how many layers a map is made again while the network loses its weights. */
const RANDOM_LAYERS = 6;

const facts: Readonly<Record<MetricName, MetricFacts>> = {
  insertion: {
    title: "Insertion",
    meaning: "The blurred picture gets its pixels back, the most relevant first: how soon is the class recognised?",
    better: "higher",
    measure: ({ run, map, index, ...options }) => insertion(run, map, { target: classProbability(index), ...options }),
    value: numberAt("auc"),
    chart: { x: "share of pixels inserted", ...scoreCurve },
  },
  deletion: {
    title: "Deletion",
    meaning: "The picture loses its pixels, the most relevant first: how soon is the class forgotten?",
    better: "lower",
    measure: ({ run, map, index, ...options }) => deletion(run, map, { target: classProbability(index), ...options }),
    value: numberAt("auc"),
    chart: { x: "share of pixels deleted", ...scoreCurve },
  },
  "average-drop": {
    title: "Average drop",
    meaning: "The share of its probability that the class loses where only what the map shows is left of the picture.",
    better: "lower",
    measure: ({ run, map, index, ...options }) =>
      averageDrop(run, map, { target: classProbability(index), ...options }),
    value: numberAt("drop"),
    unit: "share",
  },
  increase: {
    title: "Increase in confidence",
    meaning: "The share of pictures whose class becomes more likely where only what the map shows is left.",
    better: "higher",
    measure: ({ run, map, index, ...options }) =>
      averageDrop(run, map, { target: classProbability(index), ...options }),
    value: numberAt("increase"),
    unit: "share",
  },
  road: {
    title: "ROAD",
    meaning:
      "Pixels are removed and made up again from their neighbours: half of what more is left of the probability " +
      "without the least relevant pixels than without the most relevant.",
    better: "higher",
    measure: ({ run, map, index, ...options }) => road(run, map, { target: classProbability(index), ...options }),
    value: numberAt("combined"),
    chart: {
      x: "share of pixels removed",
      y: "probability",
      lines: (result) => [
        { name: "most relevant first", points: points(result, "curve", ["removed", "morf"]) },
        { name: "least relevant first", points: points(result, "curve", ["removed", "lerf"]) },
      ],
    },
  },
  infidelity: {
    title: "Infidelity",
    meaning:
      "How badly the map, scaled as is best for it, foretells what noise does to the score: a mean squared error in " +
      "the score's units.",
    better: "lower",
    measure: ({ run, map, index, ...options }) => infidelity(run, map, { target: classLogit(index), ...options }),
    value: numberAt("scaled"),
  },
  sensitivity: {
    title: "Max-sensitivity",
    meaning: "The most by which the map changes, over its size, where noise that one hardly sees changes the picture.",
    better: "lower",
    measure: ({ run, method, index, samples, onProgress }) =>
      maxSensitivity(run, method, { target: classLogit(index), samples, onProgress }),
    value: numberAt("sensitivity"),
  },
  randomisation: {
    title: "Parameter randomisation",
    meaning:
      "How much the map still resembles itself, by rank correlation, when all weights are random: what remains was " +
      "not learnt.",
    better: "lower",
    measure: ({ run, method, index, onProgress }) =>
      parameterRandomisation(run, method, { target: classLogit(index), layers: someLayers(run), onProgress }),
    value: (result) => Math.abs(Number((result.layers as readonly Facts[]).at(-1)?.absoluteRankCorrelation)),
    chart: {
      x: "layers made random, from the last",
      y: "rank correlation",
      lines: (result) => [
        {
          name: "",
          points: (result.layers as readonly Facts[]).map(
            (layer, i) => [i + 1, Number(layer.absoluteRankCorrelation)] as const,
          ),
        },
      ],
    },
  },
};

export function metricFacts(name: MetricName): MetricFacts {
  return facts[name];
}

/** A metric's number in a cell of a table. */
export function shownValue(name: MetricName, value: number): string {
  return facts[name].unit === "share" ? `${(100 * value).toFixed(1)} %` : value.toPrecision(3);
}

/** Reads the values of `--metrics`: names separated by commas, or all.
 * @throws UsageError with the nearest name */
export function chooseMetrics(values: readonly string[]): readonly MetricName[] {
  const asked = values.flatMap((value) => value.split(",")).map((name) => name.trim());
  for (const name of asked)
    if (name !== "all" && !Object.hasOwn(facts, name)) throw unknownChoice("--metrics", name, [...metricNames, "all"]);
  if (asked.length === 0) return usualMetrics;
  return metricNames.filter((name) => asked.includes("all") || asked.includes(name));
}

/** Layers with weights from the last to the first, evenly spread. */
function someLayers({ recording }: Run): string[] {
  const all = [...layerWeights(recording).keys()];
  const count = Math.min(RANDOM_LAYERS, all.length);
  const at = (i: number) => Math.round((i * (all.length - 1)) / Math.max(1, count - 1));
  return [...new Set(Array.from({ length: count }, (_, i) => all[at(i)] ?? ""))];
}

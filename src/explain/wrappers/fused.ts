import { nearest, ShapeError, UnknownNameError } from "../../errors.ts";
import type { Run } from "../explain.ts";
import { HeatMap } from "../heat-map.ts";
import { sized } from "./augmented.ts";
import { type Method, meanValues } from "./method.ts";

const ways = { mean: meanValues, max: maxValues };

export interface FusedOptions {
  /** "mean" unless given; "max" keeps the largest value at each pixel. */
  readonly by?: keyof typeof ways | undefined;
}

/** Several class activation maps made one: each is brought to the input's size and normalised to 0..1, then their mean or
 * maximum is taken at each pixel. They may be of several layers, or of several methods.
 * @param methods one for each map: `layers.map((layer) => (run) => run.gradCam({ layer }))`, say
 * @throws ShapeError without methods; UnknownNameError for another way; what the methods throw
 * @see    pytorch-grad-cam, which takes the mean over its target layers; Jiang et al. 2021, "LayerCAM", section III-C, the
 *         maximum */
export async function fused(
  run: Run,
  methods: readonly Method<HeatMap>[],
  { by = "mean" }: FusedOptions = {},
): Promise<HeatMap> {
  if (!Object.hasOwn(ways, by)) {
    const guess = nearest(by, Object.keys(ways));
    throw new UnknownNameError(`fused: there is no way "${by}"; there are mean and max.${guess ? ` "${guess}"?` : ""}`);
  }
  const maps = await Promise.all(methods.map((method) => method(run)));
  const [first] = maps;
  if (!first) throw new ShapeError("fused: no methods were given; give one for each map");
  const data = ways[by](maps.map((map) => sized(map).raw.data));
  const names = (list: readonly string[]) => [...new Set(list)].join(" + ");
  const provenance = {
    ...first.provenance,
    method: `fused-${names(maps.map((map) => map.provenance.method))}`,
    layer: names(maps.flatMap((map) => map.provenance.layer ?? [])),
    target: names(maps.map((map) => map.provenance.target)),
    options: { ...first.provenance.options, by },
  };
  return new HeatMap({ ...first.input, data }, { input: first.input, provenance });
}

function maxValues(lists: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0), ...rest] = lists;
  return rest.reduce((most, values) => most.map((value, i) => Math.max(value, values[i] ?? value)), first);
}

import type { Tape } from "../autograd/tape.ts";
import { DisposedError, nearest, ShapeError, UnknownNameError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { parseModelConfig } from "./config.ts";
import type { CustomLayers } from "./custom-layer.ts";
import { buildGraph, type Graph, type GraphNode, type Layer } from "./graph.ts";
import type { Keras1Options } from "./keras1.ts";
import type { LayerShape } from "./layer.ts";
import { assignFrom, assignInputs, type ModelInputs } from "./model-inputs.ts";
import { ModelWeights, type WeightSlot } from "./model-weights.ts";
import { listed } from "./names.ts";
import { narrowPlaces, runGraph } from "./run-graph.ts";
import { countParams, type ParameterCounts, type SummaryRow, summarize, summaryRows } from "./summary.ts";
import type { TrainingPass } from "./training.ts";

export type { WeightSlot };

/** How a forward pass is run. */
export interface ForwardOptions {
  /** Records the pass and keeps every activation; without it, activations are freed once no later layer needs them. */
  tape?: Tape;
  /** Given while the network is trained: dropout drops, and batch norm takes the batch's statistics. */
  training?: TrainingPass;
  /** x is the output of this layer, which has one call, and only what comes after it runs. */
  from?: string;
  /** Stop at this layer and return its output, of its first call where it is shared. Any name it goes by; one that does
   * not exist is refused with UnknownNameError. */
  upTo?: string;
  /** Called when a layer's work is encoded, before the GPU has done it: its name (`name#1` for a second call), its place
   * from 0, and how many there are. What it throws ends the pass. */
  onLayer?: (name: string, index: number, total: number) => void;
}

/** How samples 0..255 become a model's input, for `modelInput`: a `PreprocessMode` ("caffe", "tf", "torch", "unit",
 * "raw"), or the fields of a `PreprocessSpec`, with `method` for the way in which pictures are resized and `background` for
 * what drawings stand on. It may come from a file; `modelInput` checks it. */
export type ModelPreprocessing = string | Readonly<Record<string, unknown>>;

/** How a config is read. */
export interface ModelOptions extends Keras1Options {
  /** What the layers compute that are not Keras' own. */
  readonly layers?: CustomLayers;
}

/** A network: layers in a graph, and their weights on the GPU. */
export class Model {
  readonly engine: Engine;
  readonly name: string;
  /** In Keras' order, input layers included. */
  readonly layers: readonly Layer[];
  /** What `forward` takes, in this order. */
  readonly inputNames: readonly string[];
  /** One for each input: batch first, null where any extent will do. */
  readonly inputShapes: readonly LayerShape[];
  /** Of the first input. */
  readonly inputShape: LayerShape;
  /** Of the first output. */
  readonly outputShape: LayerShape;
  /** The layers whose outputs are the model's. */
  readonly outputNames: readonly string[];
  /** Keras' config that the model was built from, parsed and otherwise as it was given: what `saveModel` writes. */
  readonly config: unknown;
  /** Other names for layers, to this model's names. */
  readonly aliases = new Map<string, string>();
  /** As the loader learnt it; undefined where the file did not say, as no Keras file does. Yours to set. */
  preprocessing?: ModelPreprocessing;
  /** Names of the classes, in the order of the outputs, as the loader learnt them. */
  classNames?: readonly string[];
  /** What had to be assumed about an old file, in sentences, for the summary. */
  readonly notes: string[] = [];
  readonly #graph: Graph;
  readonly #layers: ReadonlyMap<string, Layer>;
  readonly #weights: ModelWeights;
  #disposed = false;

  private constructor(engine: Engine, { name, config, graph }: { name: string; config: unknown; graph: Graph }) {
    this.engine = engine;
    this.name = name;
    this.config = config;
    this.layers = graph.layers;
    this.#weights = new ModelWeights(engine, name);
    this.#graph = graph;
    this.#layers = new Map(graph.layers.map((layer) => [layer.name, layer]));
    this.inputShapes = graph.inputs.map((node) => node.built.outputShape);
    this.inputNames = graph.inputs.map((node) => node.label);
    this.inputShape = this.inputShapes[0] ?? [];
    this.outputShape = graph.outputs[0]?.built.outputShape ?? [];
    this.outputNames = graph.outputs.map((node) => node.label);
    this.#aliasNested();
  }

  /** A model without weights, from what Keras' `model.to_json()` writes.
   * @param json the text, or what JSON.parse made of it
   * @throws WeightsFormatError for a damaged config, UnsupportedLayerError for a layer or option that is not computed,
   *   ShapeError for layers that do not fit together */
  static fromConfig(engine: Engine, json: unknown, options: ModelOptions = {}): Model {
    const parsed = parseModelConfig(json, options);
    const model = new Model(engine, {
      name: parsed.name,
      config: parsed.config,
      graph: buildGraph(parsed, options.layers),
    });
    model.notes.push(...parsed.notes);
    return model;
  }

  /** Every weight that the model needs, in Keras' order. */
  weightSlots(): WeightSlot[] {
    return this.layers.flatMap((layer) =>
      layer.weights.map(({ name, shape }) => ({ layer: layer.name, name, shape: [...shape] })),
    );
  }

  /** Fills one weight; a convolution's kernel is [KH, KW, C / groups, OC], a dense layer's [in, out].
   * @throws UnknownNameError for a layer or weight that is not there; ShapeError if the number of values is wrong */
  setWeight(layer: string, name: string, data: Float32Array): void {
    this.#assertOpen();
    this.#weights.set(this.layer(layer), name, data);
  }

  /** The tensor of one weight, made on first use, to be filled piece by piece with `engine.write`. The model owns it.
   * From then on the weight counts as loaded.
   * @throws UnknownNameError for a layer or weight that is not there; DisposedError */
  weightTensor(layer: string, name: string): Tensor {
    this.#assertOpen();
    return this.#weights.tensor(this.layer(layer), name);
  }

  /** Reads one weight back from the GPU, or some rows of its first axis, so that no large one need be held whole.
   * @returns float32, row-major
   * @throws UnknownNameError; WeightsFormatError if it was never set; ShapeError for rows that it does not have */
  async readWeight(layer: string, name: string, rows: { start?: number; count?: number } = {}): Promise<Float32Array> {
    this.#assertOpen();
    return await this.#weights.read(this.layer(layer), name, rows);
  }

  /** @throws WeightsFormatError naming the weights that were never set */
  assertLoaded(): void {
    this.#weights.assertSet(this.layers);
  }

  /** Computes the model's first output, softmax and all.
   * @param x [n, h, w, c], preprocessed as the model wants it, or one tensor for each of `inputNames`; they stay the
   *   caller's
   * @returns a tensor that the caller owns, or the tape where one is given
   * @throws ShapeError for other inputs, WeightsFormatError if weights are missing, UnknownNameError for `upTo` */
  forward(x: ModelInputs, options: ForwardOptions = {}): Tensor {
    const [first] = this.#run(x, options);
    if (!first) throw new ShapeError(`model "${this.name}" has no output`);
    return first;
  }

  /** Computes all outputs, in the order of `outputNames`; else as `forward`. */
  forwardAll(x: ModelInputs, options: Omit<ForwardOptions, "upTo"> = {}): Tensor[] {
    return this.#run(x, { ...options, all: true });
  }

  /** Names of layers, in computing order, whose output is all that what comes after them needs: where a forward pass can
   * be cut in two with `upTo` and `from`. */
  narrowPlaces(): string[] {
    return narrowPlaces(this.#graph.nodes);
  }

  /** Compiles what `forward` will run on one example, so that the first pass does not wait for it: while weights are read,
   * say, which need not be there. Returns before the driver is done. Where the model leaves extents of its inputs open,
   * nothing is done.
   * @throws as `forward` does, weights apart */
  compileAhead(): void {
    this.#assertOpen();
    const shapes = this.inputShapes.map(([, ...extents]) => [1, ...extents.filter((extent) => extent !== null)]);
    if (shapes.some((shape, i) => shape.length !== this.inputShapes[i]?.length)) return;
    const pass = () => {
      const { inputs: places, nodes, outputs } = this.#graph;
      const inputs = new Map(places.map((node, i) => [node, this.engine.empty(shapes[i] ?? [])]));
      const weights = (layer: Layer) => this.#weights.placeholders(layer);
      runGraph({ engine: this.engine, nodes, inputs, targets: outputs.slice(0, 1), weights });
    };
    this.engine.runtime.compileAhead(() => this.engine.scope(pass));
  }

  /** Numbers in all weights; a shared layer's count once. */
  countParams(): ParameterCounts {
    return countParams(this.layers);
  }

  /** The table that Keras prints. */
  summary(): string {
    return summarize(this);
  }

  /** The rows of `summary`, one for each layer. */
  summaryRows(): SummaryRow[] {
    return summaryRows(this.layers);
  }

  /** A layer by its name or another name it goes by.
   * @throws UnknownNameError with the nearest name */
  layer(name: string): Layer {
    const found = this.#layers.get(name) ?? this.#layers.get(this.aliases.get(name) ?? name);
    if (found) return found;
    const guess = nearest(name, new Set([...this.#layers.keys(), ...this.aliases.keys()]));
    const hint = guess ? `did you mean "${guess}"?` : `layers: ${listed([...this.#layers.keys()])}.`;
    throw new UnknownNameError(`model "${this.name}" has no layer "${name}"; ${hint}`);
  }

  /** Frees the weights. */
  dispose(): void {
    this.#disposed = true;
    this.#weights.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #run(x: ModelInputs, options: ForwardOptions & { all?: boolean }): Tensor[] {
    this.#assertOpen();
    const { tape, training, from, upTo, onLayer, all } = options;
    const inputs =
      from === undefined
        ? assignInputs({ name: this.name, inputs: this.#graph.inputs }, x)
        : assignFrom({ name: this.name, nodes: this.#calls(this.layer(from)) }, x);
    const wanted = upTo === undefined ? this.#graph.outputs : this.#calls(this.layer(upTo)).slice(0, 1);
    const targets = all ? wanted : wanted.slice(0, 1);
    const weights = (layer: Layer) => this.#weights.of(layer);
    const { nodes } = this.#graph;
    const run = () => runGraph({ engine: this.engine, nodes, inputs, targets, weights, training }, onLayer);
    if (!tape) return run();
    for (const { id } of inputs.values()) tape.inputs.add(id);
    return tape.run(run);
  }

  #calls(layer: Layer): GraphNode[] {
    return this.#graph.nodes.filter((candidate) => candidate.layer === layer);
  }

  /** A layer of a nested model answers to its own name too, where no other layer has it. */
  #aliasNested(): void {
    const seen = new Set<string>();
    for (const { name } of this.layers) {
      const inner = name.slice(name.lastIndexOf("/") + 1);
      if (inner === name || this.#layers.has(inner)) continue;
      if (seen.has(inner)) this.aliases.delete(inner);
      else this.aliases.set(inner, name);
      seen.add(inner);
    }
  }

  #assertOpen(): void {
    if (this.#disposed) throw new DisposedError(`model "${this.name}" was disposed; load it again`);
  }
}

import { describe, expect, test } from "vitest";
import { UnsupportedLayerError, WeightsFormatError } from "../../src/errors.ts";
import { parseModelConfig } from "../../src/nn/config.ts";
import { buildGraph } from "../../src/nn/graph.ts";
import { convertKeras1 } from "../../src/nn/keras1.ts";

type Config = Readonly<Record<string, unknown>>;

const layer = (class_name: string, name: string, config: Config = {}) => ({ class_name, config: { name, ...config } });
const image = { batch_input_shape: [null, 2, 8, 8] };
const convolution = (name: string, config: Config = {}) =>
  layer("Convolution2D", name, {
    nb_filter: 3,
    nb_row: 3,
    nb_col: 2,
    border_mode: "valid",
    subsample: [1, 1],
    dim_ordering: "th",
    bias: true,
    ...config,
  });
const sequential = (...layers: unknown[]) => ({ class_name: "Sequential", config: layers });
const shapes = (config: unknown) =>
  buildGraph(parseModelConfig(config)).layers.map(({ name, outputShape }) => [name, ...outputShape.slice(1)].join(" "));

describe("Keras 1 in Keras 2's words", () => {
  test("a convolution", () => {
    const converted = convertKeras1(sequential(convolution("c", { ...image, init: "he", W_regularizer: null })));
    expect(converted?.config).toEqual({
      class_name: "Sequential",
      config: {
        layers: [
          layer("Conv2D", "c", {
            ...image,
            filters: 3,
            kernel_size: [3, 2],
            padding: "valid",
            strides: [1, 1],
            use_bias: true,
            data_format: "channels_first",
          }),
        ],
      },
    });
    expect(converted?.notes).toEqual([]);
  });

  test("a config of Keras 2 or 3 is left alone", () => {
    const dense = { units: 2, batch_input_shape: [null, 4], use_bias: true };
    expect(convertKeras1(sequential(layer("Dense", "d", dense)))).toBeUndefined();
    expect(convertKeras1({ class_name: "Functional", config: { layers: [] } })).toBeUndefined();
    expect(convertKeras1(null)).toBeUndefined();
  });

  test("option names that the file makes up stay properties of their own", () => {
    const config: unknown = JSON.parse(
      '{"class_name":"Sequential","config":[{"class_name":"Dense","config":{"name":"d","output_dim":2,"input_dim":4,"__proto__":{"x":1}}}]}',
    );
    expect(() => shapes(config)).toThrow(/option __proto__ = {"x":1} is not known/);
  });

  test("a dense layer first, known by input_dim", () => {
    const config = sequential(layer("Dense", "d", { output_dim: 3, input_dim: 5 }), layer("Dropout", "o", { p: 0.5 }));
    expect(shapes(config)).toEqual(["d_input 5", "d 3", "o 3"]);
  });

  test("a Sequential whose first layer merges two others", () => {
    const branches = [
      sequential(layer("Dense", "a", { output_dim: 3, batch_input_shape: [null, 5] })),
      sequential(layer("Dense", "b", { output_dim: 4, batch_input_shape: [null, 6] })),
    ];
    const merge = layer("Merge", "m", { mode: "concat", concat_axis: -1, layers: branches });
    const config = sequential(merge, layer("Dense", "d", { output_dim: 2 }));
    expect(parseModelConfig(config).inputs).toEqual(["a_input", "b_input"]);
    expect(shapes(config)).toEqual(["a_input 5", "a 3", "b_input 6", "b 4", "m 7", "d 2"]);
  });

  test("merged branches in a merged branch, and a nested Sequential without a name", () => {
    const inner = sequential(
      layer("Merge", "m1", {
        mode: "sum",
        layers: [
          sequential(layer("Dense", "a", { output_dim: 3, batch_input_shape: [null, 5] })),
          sequential(layer("Dense", "b", { output_dim: 3, batch_input_shape: [null, 6] })),
        ],
      }),
    );
    const other = sequential(layer("Dense", "c", { output_dim: 3, batch_input_shape: [null, 7] }));
    const config = sequential(layer("Merge", "m2", { mode: "mul", layers: [inner, other] }));
    expect(shapes(config)).toEqual(["a_input 5", "a 3", "b_input 6", "b 3", "m1 3", "c_input 7", "c 3", "m2 3"]);
    const nested = sequential(sequential(layer("Dense", "x", { output_dim: 3, batch_input_shape: [null, 5] })));
    expect(shapes(nested)).toEqual(["sequential_1_input 5", "sequential_1/x 3"]);
  });

  test("layers that do not say their order", () => {
    const config = sequential(convolution("c", { ...image, dim_ordering: undefined }), layer("Flatten", "f"));
    const theano = convertKeras1(config, { theano: true });
    expect(theano?.notes).toEqual(['dim_ordering is missing (c); "th" (channels first), as on Theano, was assumed.']);
    expect(convertKeras1(config)?.notes).toEqual([
      'dim_ordering is missing (c); "tf" (channels last), as on TensorFlow, was assumed.',
    ]);
  });
});

describe("refused", () => {
  const first = convolution("c", image);
  test.each([
    [layer("BatchNormalization", "n", { mode: 1, axis: 1 }), /BatchNormalization "n": option mode = 1 is not/],
    [layer("Merge", "m", { mode: "cos" }), /Merge "m" .*option mode = "cos" is not supported; supported: sum, mul/],
    [layer("Merge", "m", { mode: "sum", mode_type: "lambda" }), /a function of type "lambda", is not supported/],
    [layer("Highway", "h"), /"h" is of class Highway, which is not supported/],
    [layer("MaxoutDense", "h", { output_dim: 3 }), /"h" is of class MaxoutDense, which is not supported/],
    [layer("LRN2D", "h"), /"h" is of class LRN2D, which is not supported/],
    [layer("TimeDistributed", "h"), /"h" is of class TimeDistributed, which is not supported/],
    [convolution("d", { border_mode: "full" }), /option padding = "full" is not supported/],
    [
      layer("Deconvolution2D", "d", { ...convolution("d").config, output_shape: [null, 3, 9, 9] }),
      /"d" says its output is \[null,3,9,9\], but its options give \[null, 3, 8, 8\]/,
    ],
  ])("%j", (second, message) => {
    const error = catchError(() => shapes(sequential(first, second)));
    expect(error).toBeInstanceOf(UnsupportedLayerError);
    expect(String(error)).toMatch(message);
  });

  test.each([
    [convolution("d", { dim_ordering: "xy" }), /layers?\[?1?\]?.*dim_ordering is "xy"; "th" or "tf" is wanted/],
    [convolution("d", { nb_row: -1 }), /kernel_size of Conv2D "d" is \[-1,2\]/],
    [layer("ZeroPadding2D", "z", { padding: { top_pad: 1, up: 2 } }), /padding is .*an object of top_pad/],
  ])("%j", (second, message) => {
    const error = catchError(() => shapes(sequential(first, second)));
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(String(error)).toMatch(message);
  });

  test("models nested without end", () => {
    let config: unknown = sequential(first);
    for (let i = 0; i < 12; i++) config = sequential(config);
    expect(() => shapes(config)).toThrow(/nested/);
  });
});

function catchError(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error("the config was accepted");
}

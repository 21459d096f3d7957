import { methodNames } from "./methods.ts";
import type { CommandSpec, OptionSpecs } from "./options.ts";

const modelNames = "efficientnet-lite0 (built in), vgg16, resnet50, or a .h5, .safetensors or .json file";

/** How a model's file is read. */
const modelOptions = {
  weights: {
    type: "string",
    value: "FILE",
    help: "a file with the weights: those of an architecture's .json or .yaml, or in place of the cached ones",
  },
  theano: { type: "boolean", help: "the file, of Keras 1, was written with Theano, which it does not say itself" },
} satisfies OptionSpecs;

const imageOptions: OptionSpecs = {
  orient: { type: "boolean", help: "turn the picture upright by its EXIF orientation (Keras does not)" },
  interpolation: {
    type: "string",
    value: "METHOD",
    choices: ["nearest", "bilinear"],
    help: "how the picture is brought to the model's size; the model's own way, else Keras' (nearest)",
  },
  preprocess: {
    type: "string",
    value: "MODE",
    choices: ["caffe", "tf", "torch", "unit", "raw"],
    help: "what is done to the samples 0..255; the model's own, else unit (divided by 255)",
  },
};

const displayOptions: OptionSpecs = {
  resize: {
    type: "string",
    value: "METHOD",
    choices: ["half-pixel", "align-corners", "nearest", "bicubic"],
    help: "how a heat map is brought to the picture's size (half-pixel)",
  },
  relu: {
    type: "string",
    value: "WHEN",
    choices: ["before", "after", "none"],
    help: "cut a heat map off at 0 before or after resizing it, or show its whole range (before)",
  },
  box: { type: "boolean", help: "draw the box around what is above 20 % of a heat map's maximum" },
  out: { type: "string", value: "DIR", help: "folder for the pictures (out)" },
};

export const explainSpec: CommandSpec = {
  name: "explain",
  args: ["IMAGE"],
  summary: "draw where a model looked in a PNG or JPEG picture",
  details: `MODEL is ${modelNames}.
Methods: ${methodNames.join(", ")}, all. "all" is every method that is defined for the model.
On a GPU, all methods of one class take one forward pass, one submission and one read-back. When somebody is watching,
or on a software adapter, the work is submitted in pieces so that its progress can be shown.`,
  options: {
    model: { type: "string", value: "MODEL", help: "the network (efficientnet-lite0)" },
    class: {
      type: "string",
      value: "CLASS",
      multiple: true,
      help: "index or name of the class to explain; the most likely one if not given",
    },
    method: { type: "string", value: "LIST", multiple: true, help: "methods, separated by commas (all)" },
    layer: { type: "string", value: "NAME", help: "layer of the class activation maps; the last with spatial extent" },
    ...modelOptions,
    ...imageOptions,
    ...displayOptions,
  },
};

export const startSpec: CommandSpec = {
  name: "start",
  args: ["IMAGE?"],
  summary: "the first demonstration: explain a picture with the built-in network, offline",
  details:
    "Without IMAGE, the sample picture of a cat beside a cup of coffee, explained once as a cat and once as coffee.",
  options: {
    out: { type: "string", value: "DIR", help: "folder for the pictures and report.html (out)" },
  },
};

export const summarySpec: CommandSpec = {
  name: "summary",
  args: ["MODEL"],
  summary: "print a model's layers, shapes and numbers of parameters; needs no GPU",
  details: `MODEL is ${modelNames}.`,
  options: { theano: modelOptions.theano },
};

export const predictSpec: CommandSpec = {
  name: "predict",
  args: ["MODEL", "INPUT..."],
  summary: "run a model on a picture or a NumPy .npy array",
  details: `MODEL is ${modelNames}.
INPUT is a picture or a .npy array: the model's input as it stands, with or without the batch axis. A model with several
inputs takes one for each. Arrays have the order of axes that the model has in Keras, which may be channels first.`,
  options: {
    layer: { type: "string", value: "NAME", help: "stop at this layer and show its output" },
    out: {
      type: "string",
      value: "FILE",
      help: "write the output as a float32 array into FILE.npy, or all outputs into FILE.npz",
    },
    top: { type: "string", value: "K", help: "how many classes are printed (5)" },
    ...modelOptions,
    ...imageOptions,
  },
};

export const weightsSpec: CommandSpec = {
  name: "weights",
  args: ["ACTION", "NAME?", "OUT?"],
  summary: "list, fetch, verify or find the weights of known networks; convert any model's file",
  details: `ACTION is one of
  list          the known files and whether they are on this machine
  fetch NAME    download a file into the cache, or take up a broken download
  verify NAME   read the file and compare its MD5
  path NAME     print where the file is, or would be
  convert IN OUT
                write the model IN into the file OUT, whose ending tells its format: .safetensors (loads fastest),
                .h5 (for Keras' load_model) or .weights.h5 (for Keras' load_weights); needs no GPU
The cache folder is $BACKLIGHT_CACHE, or the system's place for caches.`,
  options: {
    url: { type: "string", value: "URL", help: "fetch from this address instead" },
    mirror: { type: "string", value: "URL", help: "fetch from this folder; the file's name is put after it" },
    dtype: {
      type: "string",
      value: "TYPE",
      choices: ["float32", "float16"],
      help: "convert: how numbers are stored (float32)",
    },
    weights: {
      type: "string",
      value: "FILE",
      help: "convert: the weights of a .json architecture or of a named network",
    },
    theano: {
      type: "boolean",
      help: "convert: where a Keras 1 file does not name its backend, it was Theano",
    },
    force: { type: "boolean", help: "convert: replace OUT if it is there" },
  },
};

export const doctorSpec: CommandSpec = {
  name: "doctor",
  args: [],
  summary: "show the GPU adapter and check every kernel on it against known values",
  options: {},
};

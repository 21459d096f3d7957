import { localisers } from "./commands/localise-settings.ts";
import { groupNames, methodNames } from "./methods.ts";
import { metricNames, usualMetrics } from "./metric-names.ts";
import type { CommandSpec, OptionSpecs } from "./options.ts";

const modelNames =
  "efficientnet-lite0, mnist, mnist-gap (built in), vgg16, resnet50, or a .h5, .safetensors or .json file";

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
Methods: ${methodNames.join(", ")}.
Groups: ${groupNames.join(", ")}; "all" is the methods of one forward pass that differ most, "every" is every method that
is defined for the model, of which some take a thousand forward passes.
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
    method: { type: "string", value: "LIST", multiple: true, help: "methods or groups, separated by commas (all)" },
    layer: { type: "string", value: "NAME", help: "layer of the class activation maps; the last with spatial extent" },
    ...modelOptions,
    ...imageOptions,
    ...displayOptions,
  },
};

export const flowSpec: CommandSpec = {
  name: "flow",
  args: ["IMAGE"],
  summary: "print how the gradient flows from a class's score back to a layer",
  details: `MODEL is ${modelNames}.
A line for each node between the score and the layer: shape, length, mean, extremes and signs of the cotangent, and the
time of the step back through the node where the adapter has timestamps.`,
  options: {
    model: { type: "string", value: "MODEL", help: "the network (efficientnet-lite0)" },
    class: { type: "string", value: "CLASS", help: "index or name of the class; the most likely one if not given" },
    layer: {
      type: "string",
      value: "NAME",
      help: 'where the walk back ends: a layer, or "input"; the last layer with spatial extent',
    },
    rule: {
      type: "string",
      value: "RULE",
      choices: ["gradient", "deconvnet", "guided"],
      help: "what passes a ReLU (gradient)",
    },
    "relax-max-pool": { type: "boolean", help: "a max pool passes its cotangent to its whole window, as an average" },
    out: { type: "string", value: "FILE", help: "write all of it into FILE.json too" },
    ...modelOptions,
    ...imageOptions,
  },
};

export const localiseSpec: CommandSpec = {
  name: "localise",
  args: ["DIR..."],
  summary: "measure how well the heat maps of a folder's pictures find the objects in true boxes",
  details: `backlight localise DIR --boxes FILE     explains every picture in DIR that FILE has boxes of
backlight localise merge OUT PART...    puts the results of shards together
FILE is COCO JSON, CSV (image,class,x0,y0,x1,y1), Pascal VOC XML, or a folder of VOC files. MODEL is ${modelNames}.
The folder OUT gets results.jsonl (a line for each picture, written as it is done), summary.json and report.html: boxes
with their IoU, pointing game, Oquab's rule, energy, MaxBoxAcc and MaxBoxAccV2 with their curves, best and worst maps.
With --shard i/n, n machines or processes share the pictures: GNU parallel, Slurm arrays and Kubernetes indexed jobs.`,
  options: {
    boxes: { type: "string", value: "FILE", help: "the true boxes" },
    classes: {
      type: "string",
      value: "FILE",
      help: "what the boxes' labels are to the model: .csv (label,class) or .json, by a class's name or index",
    },
    batch: { type: "string", value: "N", help: "pictures in one forward pass, as the memory allows (1)" },
    model: { type: "string", value: "MODEL", help: "the network (efficientnet-lite0)" },
    method: { type: "string", value: "METHOD", choices: localisers, help: "whose heat maps (gradcam)" },
    layer: { type: "string", value: "NAME", help: "layer of the class activation maps; the last with spatial extent" },
    target: {
      type: "string",
      value: "CLASS",
      choices: ["label", "predicted"],
      help: "explain the classes that the boxes name, or the network's first with all boxes (label)",
    },
    threshold: { type: "string", value: "SHARE", help: "a map's box is what reaches this share of its maximum (0.2)" },
    out: { type: "string", value: "DIR", help: "folder for the results (out)" },
    resume: { type: "boolean", help: "go on with the results in the folder: pictures that have a line are done" },
    shard: { type: "string", value: "I/N", help: "only every N-th picture, from the I-th on; I is 1 to N" },
    ...modelOptions,
    ...imageOptions,
  },
};

export const evaluateSpec: CommandSpec = {
  name: "evaluate",
  args: ["IMAGE..."],
  summary: "measure how faithful explanations are to the model, on one picture or the mean of several",
  details: `MODEL is ${modelNames}.
Metrics: ${metricNames.join(", ")}, all. METHODS are those of \`backlight explain\`.
Writes report.html with the curves, and curves.json. Every number is of the class that the model finds most likely, or of
--class, on each picture.`,
  options: {
    model: { type: "string", value: "MODEL", help: "the network (efficientnet-lite0)" },
    class: {
      type: "string",
      value: "CLASS",
      help: "index or name of the class; each picture's most likely one if not given",
    },
    method: {
      type: "string",
      value: "METHODS",
      multiple: true,
      help: "methods or groups, separated by commas (gradcam,guided-gradcam,saliency)",
    },
    metrics: {
      type: "string",
      value: "LIST",
      multiple: true,
      help: `metrics, separated by commas (${usualMetrics.join(",")})`,
    },
    layer: { type: "string", value: "NAME", help: "layer of the class activation maps; the last with spatial extent" },
    steps: { type: "string", value: "N", help: "points of the insertion and deletion curves (32)" },
    samples: { type: "string", value: "N", help: "random changes for infidelity (50) and sensitivity (10)" },
    batch: { type: "string", value: "N", help: "changed pictures in one forward pass; by the memory they take" },
    ...modelOptions,
    ...imageOptions,
    out: { type: "string", value: "DIR", help: "folder for report.html and curves.json (out)" },
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

export const tuneSpec: CommandSpec = {
  name: "tune",
  args: ["MODEL"],
  summary: "measure which ways of computing a model's convolutions are the fastest here, and keep them",
  details: `MODEL is ${modelNames}.
Every command goes these ways from then on. BACKLIGHT_TUNE=off keeps to the usual ones, and BACKLIGHT_TUNE=full measures
every model that is opened. The same ways give the same numbers to the last bit; ways differ in rounding.`,
  options: {
    batch: { type: "string", value: "N", help: "pictures at a time (1)" },
    budget: { type: "string", value: "SECONDS", help: "stop after so long; what costs most comes first (60)" },
    again: { type: "boolean", help: "measure what is known already, too" },
  },
};

export const labSpec: CommandSpec = {
  name: "lab",
  args: [],
  summary: "serve the teaching lab to this machine's browser",
  options: { port: { type: "string", value: "PORT", help: "where it listens (8124)" } },
};

export const benchSpec: CommandSpec = {
  name: "bench",
  args: ["options..."],
  summary: "measure kernels and networks on this adapter; `backlight bench --help` lists its options",
  options: {},
  readsItself: true,
};

import { mnistNets } from "../nn/applications/mnist.ts";
import { headNames } from "../train/heads.ts";
import type { CommandSpec, OptionSpecs } from "./options.ts";

/** What `train mnist` alone takes. */
const mnistOptions: OptionSpecs = {
  data: { type: "string", value: "DIR", help: "mnist: folder of MNIST's four idx files, packed (.gz) or not" },
  net: {
    type: "string",
    value: "NET",
    choices: mnistNets,
    help: "mnist: dense, with a hidden dense layer; gap, with global average pooling, for CAM (dense)",
  },
  classes: {
    type: "string",
    value: "LIST",
    help: "mnist: digits whose maps are drawn, separated by commas (1,7,9)",
  },
};

/** What `train folder` alone takes. */
const folderOptions: OptionSpecs = {
  base: {
    type: "string",
    value: "MODEL",
    help: "folder: network to start from: vgg16, resnet50, a model's file, ... (efficientnet-lite0)",
  },
  weights: { type: "string", value: "FILE", help: "folder: weights of the base, where they are another file" },
  preprocess: {
    type: "string",
    value: "MODE",
    choices: ["caffe", "tf", "torch", "unit", "raw"],
    help: "folder: how pictures become the base's input, where its file does not say",
  },
  freeze: {
    type: "string",
    value: "LAYERS",
    multiple: true,
    help: "folder: layers of the base that stay as they are (all); see above",
  },
  head: {
    type: "string",
    value: "HEAD",
    choices: headNames,
    help: "folder: how feature maps become scores: their mean, maximum, smooth maximum, or all values (gap)",
  },
  size: { type: "string", value: "N", help: "folder: pictures are stretched to N x N (the base's own size, or 224)" },
  validation: { type: "string", value: "SHARE", help: "folder: pictures kept from training, of each class (0.2)" },
  augment: {
    type: "string",
    value: "LIST",
    help: "folder: changes at random, such as shift=0.1,flip,shear=0.2,zoom=0.1,rotation=10 (none)",
  },
  "skip-bad": { type: "boolean", help: "folder: leave out pictures that cannot be read" },
  keras: { type: "boolean", help: "folder: write model.h5 for Keras too" },
};

/** Options of one task only, by the task's name. */
export const taskOptions: Readonly<Record<string, readonly string[]>> = {
  mnist: Object.keys(mnistOptions),
  folder: Object.keys(folderOptions),
};

export const trainSpec: CommandSpec = {
  name: "train",
  args: ["TASK", "DIR?"],
  summary: "train a network: mnist, from scratch; folder, a network that exists on pictures of your own",
  details: `TASK is
  mnist     a small network for handwritten digits, from the four idx files in --data, or downloaded once into the cache
  folder    a network that exists already, with a new head, on DIR: a folder of PNG and JPEG pictures for each class
The folder OUT gets model.safetensors, which \`explain --model\` opens, and history.json. mnist adds class-maps.png: digits
with their CAM (--net gap) and the Grad-CAM of every convolution. folder adds report.html and contact-sheet.png:
validation pictures with CAM, Grad-CAM, their boxes, and Guided Grad-CAM. Ctrl-C finishes the batch under way and saves;
--resume goes on to the very weights of a run that nobody interrupted.

--freeze takes, separated by commas: all; none; until:NAME, the layers before that one; FIRST..LAST; a name, in which *
stands for any letters; a regular expression between slashes: --freeze until:conv5_block1_1_conv,/_bn$/. \`backlight
summary MODEL\` lists the names. Without --augment, what frozen layers make of a picture is computed once.`,
  options: {
    ...mnistOptions,
    ...folderOptions,
    out: { type: "string", value: "DIR", help: "folder for what comes of it (out)" },
    epochs: { type: "string", value: "N", help: "how often all pictures are gone through (mnist: 5, folder: 10)" },
    batch: { type: "string", value: "N", help: "pictures in one step (mnist: 64, folder: 32)" },
    lr: {
      type: "string",
      value: "RATE",
      help:
        "learning rate of Adam; mnist: the highest, between a warm-up and a cosine (0.002; gap: 0.01); " +
        "folder: (0.001 where all of the base is frozen, else 0.0001)",
    },
    seed: { type: "string", value: "N", help: "of the first weights, the split and the order of the pictures (0)" },
    patience: {
      type: "string",
      value: "N",
      help: "stop after N epochs that were no better than the best one (mnist: 3, folder: 5)",
    },
    resume: { type: "boolean", help: "go on with the run in the folder OUT, whose options are kept" },
  },
};

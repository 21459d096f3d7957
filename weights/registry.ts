import { nearest, UnknownNameError } from "../src/errors.ts";
import { publishedFiles } from "./published-files.ts";

/** The weight files that Backlight knows by name. Facts only: nothing here reads or fetches. */

/** A file that is known by name, and what is known of it. */
export interface KnownFile {
  readonly name: string;
  /** What the user is told the file is. */
  readonly title: string;
  /** File name in the cache folder; the two generations of ResNet50 share one in the outside world, not here. */
  readonly file: string;
  /** File name in Keras' own cache, `~/.keras/models`. */
  readonly kerasFile: string;
  readonly urls: readonly string[];
  /** Absent where it is not known; then any size is taken, and the hash alone decides. */
  readonly sizeBytes?: number;
  /** Of the whole file, in hexadecimal. MobileNet's and MobileNetV2's files have neither hash: Keras gives none. */
  readonly md5?: string;
  readonly sha256?: string;
}

const keras = "https://storage.googleapis.com/tensorflow/keras-applications";
const older = "https://github.com/fchollet/deep-learning-models/releases/download/v0.2";
const vgg16 = "vgg16_weights_tf_dim_ordering_tf_kernels";
const resnet50 = "resnet50_weights_tf_dim_ordering_tf_kernels";

/** Files whose sizes and MD5 are known from copies of them. */
const checkedFiles: readonly KnownFile[] = [
  {
    name: "vgg16",
    title: "VGG16, ImageNet, with its classifier",
    file: `${vgg16}.h5`,
    kerasFile: `${vgg16}.h5`,
    urls: [`${keras}/vgg16/${vgg16}.h5`],
    sizeBytes: 553_467_096,
    md5: "64373286793e3c8b2b4e3219cbf3544b",
  },
  {
    name: "vgg16-notop",
    title: "VGG16, ImageNet, convolutions only",
    file: `${vgg16}_notop.h5`,
    kerasFile: `${vgg16}_notop.h5`,
    urls: [`${keras}/vgg16/${vgg16}_notop.h5`],
    sizeBytes: 58_889_256,
    md5: "6d6bbae143d832006294945121d1f1fc",
  },
  {
    name: "resnet50",
    title: "ResNet50, ImageNet, with its classifier (Keras 2.2.5 and later)",
    file: `${resnet50}.h5`,
    kerasFile: `${resnet50}.h5`,
    urls: [`${keras}/resnet/${resnet50}.h5`],
    sizeBytes: 102_967_424,
    md5: "2cb95161c43110f7111970584f804107",
  },
  {
    name: "resnet50-notop",
    title: "ResNet50, ImageNet, convolutions only (Keras 2.2.5 and later)",
    file: `${resnet50}_notop.h5`,
    kerasFile: `${resnet50}_notop.h5`,
    urls: [`${keras}/resnet/${resnet50}_notop.h5`],
    sizeBytes: 94_765_736,
    md5: "4d473c1dd8becc155b73f8504c6f6626",
  },
  {
    name: "resnet50-old",
    title: "ResNet50, ImageNet, with its classifier (before Keras 2.2.5)",
    file: `${resnet50}.v0.2.h5`,
    kerasFile: `${resnet50}.h5`,
    urls: [`${older}/${resnet50}.h5`],
    sizeBytes: 102_853_048,
    md5: "a7b3fe01876f51b976af0dea6bc144eb",
  },
  {
    name: "resnet50-notop-old",
    title: "ResNet50, ImageNet, convolutions only (before Keras 2.2.5)",
    file: `${resnet50}_notop.v0.2.h5`,
    kerasFile: `${resnet50}_notop.h5`,
    urls: [`${older}/${resnet50}_notop.h5`],
    sizeBytes: 94_653_016,
    md5: "a268eb855778b3df3c7506639542a6af",
  },
  {
    name: "imagenet-class-index",
    title: "ImageNet's 1000 class names",
    file: "imagenet_class_index.json",
    kerasFile: "imagenet_class_index.json",
    urls: ["https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"],
    sizeBytes: 35_363,
    md5: "c2c37ea517e94d9795004a39431a14cb",
  },
];

/** The official ImageNet weights of keras.applications, and the class names. */
export const knownFiles: readonly KnownFile[] = [...checkedFiles, ...publishedFiles];

/** The known file of that name.
 * @throws UnknownNameError naming the nearest one */
export function knownFile(name: string): KnownFile {
  const found = knownFiles.find((file) => file.name === name);
  if (found) return found;
  const names = knownFiles.map((file) => file.name);
  const hint = nearest(name, names);
  throw new UnknownNameError(
    `No known weights are called "${name}"${hint ? `: did you mean "${hint}"?` : "."} Known: ${names.join(", ")}.`,
  );
}

/** The known file with that MD5, whatever it is called on disk; undefined for a stranger. */
export function knownFileByMd5(md5: string): KnownFile | undefined {
  return knownFiles.find((file) => file.md5 === md5.toLowerCase());
}

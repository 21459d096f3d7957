import imagenetClasses from "./imagenet-classes.json" with { type: "json" };

/** Names of ImageNet's 1000 classes, in the order of a classifier's outputs: what `model.classNames` wants for the
 * networks of keras.applications. */
export function imagenetNames(): string[] {
  return imagenetClasses.map(([, name = ""]) => name.replaceAll("_", " "));
}

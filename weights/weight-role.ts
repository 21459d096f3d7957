/** What a stored weight is to its layer, read from the name that Keras gave it. */

/** Longest first: `depthwise_kernel` also ends with `kernel`. */
const endings: readonly (readonly [string, string])[] = [
  ["depthwise_kernel", "depthwise_kernel"],
  ["pointwise_kernel", "pointwise_kernel"],
  ["recurrent_kernel", "recurrent_kernel"],
  ["moving_mean", "moving_mean"],
  ["moving_variance", "moving_variance"],
  ["running_mean", "moving_mean"],
  // Keras 1 kept the variance under this name, not its root.
  ["running_std", "moving_variance"],
  ["running_var", "moving_variance"],
  ["kernel", "kernel"],
  ["gamma", "gamma"],
  ["beta", "beta"],
  ["alpha", "alpha"],
  // Keras 1
  ["alphas", "alpha"],
  ["bias", "bias"],
  ["mean", "mean"],
  ["variance", "variance"],
  ["count", "count"],
  ["scale", "scale"],
  ["W", "kernel"],
  ["b", "bias"],
];

/** The role in a name such as `conv1/kernel:0`, `block1_conv1_W_1:0`, `kernel_2` or `bn_running_std:0`, or undefined.
 * Only the last path component counts; `:0` and a number that makes the name unique are ignored.
 * @param known what the layer calls its weights: a name that is one of these as it stands means that one */
export function weightRole(storedName: string, known: readonly string[] = []): string | undefined {
  const last = lastComponent(storedName).replace(/:\d+$/, "");
  const plain = last.replace(/_\d+$/, "");
  return [last, plain].find((name) => known.includes(name)) ?? roleOf(last) ?? roleOf(plain);
}

function roleOf(name: string): string | undefined {
  return endings.find(([ending]) => name === ending || name.endsWith(`_${ending}`))?.[1];
}

/** The layer inside a nested model that a stored name speaks of: `block1_conv1` in `vgg16/block1_conv1/kernel:0`. */
export function innerLayer(storedName: string): string | undefined {
  return storedName.split("/").at(-2);
}

function lastComponent(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

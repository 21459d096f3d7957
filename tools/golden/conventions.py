"""Writes test/golden/conventions.json: what TensorFlow does where a definition leaves a choice. Small exact cases."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from record import GOLDEN, write_json  # noqa: E402

TIES = [[1, 3, 3, 0], [3, 3, 3, 2], [0, 3, 3, 3], [5, 5, 1, 1]]


def grid(height: int, width: int, channels: int = 1) -> np.ndarray:
    """Small whole numbers of both signs: every sum of products is exact in float32."""
    n = np.arange(height * width * channels)
    return ((n * 7 + n // 5) % 11 - 5).astype(np.float32).reshape(1, height, width, channels)


def plain(array) -> dict:
    array = np.asarray(array)
    return {"shape": list(array.shape), "data": [float(v) for v in array.reshape(-1)]}


def case(name: str, op: str, x: np.ndarray, args: dict, weights: np.ndarray | None = None) -> dict:
    x = tf.constant(x, tf.float32)
    w = None if weights is None else tf.constant(weights)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = OPS[op](x, args, w)
        cotangent = tf.reshape(tf.range(1.0, tf.size(y, tf.float32) + 1), y.shape)
        dx = tape.gradient(y, x, output_gradients=cotangent)
    out = {"name": name, "op": op, "args": args, "input": plain(x)}
    if w is not None:
        out["weights"] = plain(w)
    return out | {"output": plain(y), "cotangent": plain(cotangent), "inputGradient": plain(dx)}


def pooled(pool):
    return lambda x, a, _: pool(x, a["size"], a["strides"], a["padding"].upper())


def conv2d(x, a, w):
    # Compiled, because TensorFlow's CPU kernels have no gradient of a dilated convolution. All sums are exact anyway.
    return tf.function(tf.nn.conv2d, jit_compile=True)(
        x, w, a["strides"], a["padding"].upper(), dilations=a["dilation"]
    )


OPS = {
    "maxPool": pooled(tf.nn.max_pool2d),
    "averagePool": pooled(tf.nn.avg_pool2d),
    "globalMaxPool": lambda x, _, __: tf.reduce_max(x, axis=(1, 2)),  # what Keras' GlobalMaxPooling2D calls
    "relu": lambda x, _, __: tf.nn.relu(x),
    "relu6": lambda x, _, __: tf.nn.relu6(x),
    "conv2d": conv2d,
    "depthwiseConv2d": lambda x, a, w: tf.nn.depthwise_conv2d(
        x, w, [1, *a["strides"], 1], a["padding"].upper(), dilations=a["dilation"]
    ),
}


def pool_args(size: int, stride: int, padding: str) -> dict:
    return {"size": [size, size], "strides": [stride, stride], "padding": padding}


def conv_args(stride: int, padding: str, dilation: int = 1) -> dict:
    return {"strides": [stride, stride], "padding": padding, "dilation": [dilation, dilation], "groups": 1}


def main() -> None:
    ties = np.array(TIES, np.float32)[None, :, :, None]
    edge = np.array([-1, -0.0, 0, 1, 5.5, 6, 6.5], np.float32)[None, None, :, None]
    kernel = grid(3, 3, 2).reshape(3, 3, 1, 2)
    cases = [
        case("ties go to the first element", "maxPool", ties, pool_args(2, 2, "valid")),
        case("ties in overlapping windows", "maxPool", ties, pool_args(3, 1, "valid")),
        case("same padding never wins, even over negative values", "maxPool", -abs(ties) - 1, pool_args(3, 2, "same")),
        case("a padded border is not counted in the mean", "averagePool", grid(5, 4), pool_args(3, 2, "same")),
        case("odd remainder is dropped", "averagePool", grid(5, 5), pool_args(2, 2, "valid")),
        case("ties share the gradient evenly", "globalMaxPool", ties, {}),
        case("no gradient at 0", "relu", edge, {}),
        case("no gradient at 0 and at 6", "relu6", edge, {}),
        case("same padding, stride 2, even size: the extra row is below", "conv2d", grid(4, 6),
             conv_args(2, "same"), kernel),
        case("same padding, stride 2, odd size", "conv2d", grid(5, 7), conv_args(2, "same"), kernel),
        case("dilation 2, same padding", "conv2d", grid(5, 6), conv_args(1, "same", 2), kernel),
        case("depth multiplier: output channel c * m + j", "depthwiseConv2d", grid(4, 4, 2), conv_args(1, "same"),
             grid(3, 3, 6).reshape(3, 3, 2, 3)),
        case("depthwise, same padding, stride 2", "depthwiseConv2d", grid(4, 6, 2), conv_args(2, "same"),
             grid(3, 3, 2).reshape(3, 3, 2, 1)),
    ]
    write_json(GOLDEN / "conventions.json", {"cases": cases})
    for entry in cases[:2] + cases[5:8]:
        print(entry["name"], entry["inputGradient"]["data"])


if __name__ == "__main__":
    main()

"""Writes test/nn/golden/models.json: small models as Keras 2 (tf_keras) and Keras 3 write them, with what they compute.

Weights and inputs are fractions that both sides compute exactly; see `weight_values`.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras as keras3
import numpy as np
import tf_keras as keras2

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "nn" / "golden" / "models.json"


def fractions(shape, step, offset):
    """Element i is ((i * step + offset) mod 61 - 30) / 64."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (((i * step + offset) % 61 - 30) / 64).astype(np.float32).reshape(shape)


def weight_values(shape, position, variance):
    """The values of a model's weight number `position`; a variance is positive."""
    values = fractions(shape, 37, 11 + 5 * position)
    return np.abs(values) + np.float32(0.5) if variance else values


def windows(k):
    """A chain of everything that slides a window, in a Sequential."""
    L = k.layers
    return k.Sequential([
        k.Input((11, 9, 4)) if k is keras3 else L.InputLayer(input_shape=(11, 9, 4), name="image"),
        L.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="relu", name="strided"),
        L.Conv2D(6, 2, dilation_rate=2, use_bias=False, name="dilated"),
        L.BatchNormalization(scale=False, epsilon=0.01, name="unscaled"),
        L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="relu6", name="depthwise"),
        L.SeparableConv2D(5, 3, depth_multiplier=2, padding="same", activation="sigmoid", name="separable"),
        L.BatchNormalization(name="normal"),
        L.ReLU(max_value=6.0, name="capped"),
        L.MaxPooling2D(2, strides=1, padding="same", name="max"),
        L.UpSampling2D((2, 3), interpolation="bilinear", name="bilinear"),
        L.AveragePooling2D((3, 2), padding="same", name="average"),
        L.UpSampling2D(2, name="nearest"),
        L.GlobalMaxPooling2D(keepdims=True, name="peak"),
        L.Dropout(0.5, name="dropout"),
        L.Flatten(name="flatten"),
        L.Dense(3, activation="softmax", name="classes"),
    ], name="windows")


def branches(k):
    """Merges, broadcasting, a shared layer and the reshaping layers."""
    L = k.layers
    image = k.Input((6, 5, 4), name="image")
    x = L.Rescaling(0.5, offset=-0.25, name="rescaled")(image)
    shared = L.Conv2D(4, 1, name="shared")
    once = shared(x)
    twice = shared(once)
    x = L.Add(name="sum")([once, twice, x])
    x = L.Activation("relu", name="relu")(x)
    y = L.ZeroPadding2D(((1, 2), (0, 3)), name="padded")(x)
    y = L.Conv2D(4, 4, name="back")(y)
    x = L.Subtract(name="difference")([x, y])
    gate = L.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x)
    gate = L.Dense(4, activation="sigmoid", name="gate")(gate)
    x = L.Multiply(name="gated")([x, gate])
    x = L.Concatenate(name="joined")([x, once])
    x = L.Concatenate(axis=1, name="stacked")([x, x])
    x = L.SpatialDropout2D(0.2, name="spatial")(x)
    x = L.Reshape((12, -1, 2), name="reshaped")(x)
    x = L.Softmax(name="softmax")(x)
    x = L.Activation("linear", name="same")(x)
    return k.Model(image, L.GlobalAveragePooling2D(name="mean")(x), name="branches")


def nested(k):
    """A backbone as a layer of a Sequential."""
    L = k.layers
    image = k.Input((8, 8, 3), name="image")
    x = L.Conv2D(4, 3, strides=2, activation="relu", name="conv")(image)
    backbone = k.Model(image, x, name="backbone")
    return k.Sequential([backbone, L.GlobalAveragePooling2D(name="pool"), L.Dense(2, name="logits")], name="nested")


def wrapped(k):
    """A backbone, with layers around it, in a functional model."""
    L = k.layers
    image = k.Input((8, 8, 3), name="inner_image")
    backbone = k.Model(image, L.Conv2D(4, 3, activation="relu", name="conv")(image), name="backbone")
    outer = k.Input((8, 8, 3), name="image")
    x = backbone(L.ReLU(name="positive")(outer), training=False)
    return k.Model(outer, L.Dense(2, name="logits")(L.Flatten(name="flatten")(x)), name="wrapped")


def record(k, build):
    model = build(k)
    variables = model.get_weights()
    names = [weight.path if k is keras3 else weight.name for weight in model.weights]
    model.set_weights([weight_values(w.shape, i, "variance" in names[i]) for i, w in enumerate(variables)])
    shape = (2, *model.input_shape[1:])
    output = np.asarray(model.predict(fractions(shape, 29, 3), verbose=0))
    return {
        "keras": k.__version__,
        "config": json.loads(model.to_json()),
        "inputShape": shape,
        "params": model.count_params(),
        "weights": [[names[i], list(w.shape)] for i, w in enumerate(variables)],
        "outputShape": list(output.shape),
        "output": [float(f"{v:.9g}") for v in output.ravel()],
    }


cases = [record(k, build) for build in (windows, branches, nested, wrapped) for k in (keras2, keras3)]
OUT.write_text(json.dumps(cases, separators=(",", ":")) + "\n")

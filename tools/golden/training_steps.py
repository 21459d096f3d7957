"""Training steps of whole networks by Keras 3: ten with Adam of the MNIST network, and one with SGD of a network with
batch norm whose first layers are frozen. In float64; in float32 Keras must say the same.

Writes test/golden/training/steps.json: losses, and values as base64 of float32. Weights and pictures come from the hash.
python tools/golden/training_steps.py
"""

import base64
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from hash_weights import fill, hash_weight  # noqa: E402
from record import GOLDEN, write_json  # noqa: E402

STEPS, ROWS = 10, 4
FROZEN = ("conv_1", "bn_1")
layers = keras.layers


def base(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def mnist() -> keras.Model:
    network = [keras.Input((28, 28, 1))]
    for i, filters in enumerate((32, 64, 64)):
        network += [layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{i + 1}")]
        network += [layers.MaxPooling2D(2)]
    network += [layers.Flatten(), layers.Dense(128, activation="relu", name="dense")]
    return keras.Sequential([*network, layers.Dense(10, name="predictions")])


def normalised() -> keras.Model:
    """Two blocks of convolution, batch norm and ReLU, of which the first stays as it is."""
    network = [keras.Input((8, 6, 3), name="image")]
    for i, filters in enumerate((6, 8)):
        network += [
            layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv_{i + 1}"),
            layers.BatchNormalization(momentum=0.9, name=f"bn_{i + 1}"),
            layers.ReLU(name=f"relu_{i + 1}"),
        ]
    network += [layers.GlobalAveragePooling2D(name="gap"), layers.Dense(5, name="scores")]
    model = keras.Sequential(network, name="normalised")
    for name in FROZEN:
        model.get_layer(name).trainable = False
    return model


def pictures(step: int, *shape: int) -> np.ndarray:
    """0..1, from the hash; dividing by a power of two is exact."""
    return np.abs(hash_weight(f"batch_{step}", "input", (ROWS, *shape))) / np.float32(4)


def labels(step: int, classes: int) -> np.ndarray:
    return np.array([(7 * row + 3 * step) % classes for row in range(ROWS)])


def train(model: keras.Model, optimizer, steps: int, classes: int) -> list[float]:
    fill(model)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    losses = []
    for step in range(steps):
        with tf.GradientTape() as tape:
            logits = model(pictures(step, *model.input_shape[1:]).astype(keras.config.floatx()), training=True)
            value = loss(labels(step, classes), logits)
        weights = [weight.value for weight in model.trainable_weights]
        optimizer.apply(tape.gradient(value, weights), model.trainable_weights)
        losses.append(float(value))
    return losses


def run(precision: str) -> dict:
    keras.config.set_floatx(precision)
    keras.config.set_dtype_policy(precision)
    net, other = mnist(), normalised()
    assert net.count_params() == 130_890
    losses = train(net, keras.optimizers.Adam(1e-3), STEPS, 10)
    # a learning rate of 1: what is taken off a weight is its gradient
    loss = train(other, keras.optimizers.SGD(1.0), 1, 5)[0]
    after = [(layer.name, w.name, w.numpy()) for layer in other.layers for w in layer.weights]
    ends = [(layer.name, w.name, w.numpy()) for layer in net.layers for w in layer.weights]
    moved = [(layer, name, np.linalg.norm(end - hash_weight(layer, name, end.shape))) for layer, name, end in ends]
    return {"losses": losses, "moved": moved, "loss": loss, "after": after, "config": other.to_json()}


def main() -> None:
    exact, plain = run("float64"), run("float32")
    difference = np.abs(np.subtract(exact["losses"], plain["losses"])).max()
    print("losses", exact["losses"], "in float32 different by", difference)
    print("moved", max(abs(a[2] - b[2]) / a[2] for a, b in zip(exact["moved"], plain["moved"], strict=True)))
    if not difference < 2e-5:
        sys.exit("float32 and float64 differ")
    golden = {
        "library": f"Keras {keras.__version__} on TensorFlow {tf.__version__}, float64",
        "rows": ROWS,
        "mnist": {
            "losses": [round(loss, 9) for loss in exact["losses"]],
            "moved": {f"{layer}/{name}": round(float(length), 9) for layer, name, length in exact["moved"]},
        },
        "normalised": {
            "config": plain["config"],
            "frozen": FROZEN,
            "loss": round(exact["loss"], 9),
            "after": {f"{layer}/{name}": base(values) for layer, name, values in exact["after"]},
        },
    }
    write_json(GOLDEN / "training" / "steps.json", golden)
    print((GOLDEN / "training" / "steps.json").stat().st_size, "bytes")


main()

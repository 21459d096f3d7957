"""Writes test/golden/applications/NAME.json: what Keras computes with each network of keras.applications.

python tools/golden/applications.py [--full] [NAME...]      all of them without a name

The networks are built whole by Keras with hash weights and run at a small size, or with --full at their own into
test/golden/applications-full. Every kernel is multiplied by the power of two that brings its layer's output near 1:
without that, deep networks of random weights overflow or die out. These `gains` are stored, and so are samples of some
layers' outputs, of the logits, and of the gradient of the largest logit with respect to the input.
"""

import base64
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "convert"))
import applications as convert  # noqa: E402
import numpy as np  # noqa: E402
from hash_weights import hash_weight  # noqa: E402
from record import GOLDEN, write_json  # noqa: E402

SMALL = {"inceptionv3": 96, "xception": 96, "vgg16": 32, "vgg19": 32}
WATCHED_LAYERS = 12
SAMPLES = 48
KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")


def fill(layer) -> None:
    names = [weight_name(layer, v) for v in layer.weights]
    layer.set_weights([hash_weight(layer.name, n, tuple(v.shape)) for n, v in zip(names, layer.weights)])
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()


def weight_name(layer, variable) -> str:
    if type(layer).__name__ == "LayerScale":
        return "gamma"  # it has no name in Keras
    depthwise = type(layer).__name__ == "DepthwiseConv2D" and variable.name == "kernel"
    return "depthwise_kernel" if depthwise else variable.name


def main_kernel(layer):
    """The weight that a gain multiplies: the last kernel."""
    kernels = [v for v in layer.weights if weight_name(layer, v) in KERNELS]
    return kernels[-1] if kernels else None


class Recorder:
    """Runs the layers of a model one by one, keeping outputs; on the first run it finds the gains."""

    def __init__(self, keras, model) -> None:
        self.keras, self.model = keras, model
        self.gains: list[int] | None = None
        self.outputs: dict = {}

    def run(self, x):
        self.outputs, found = {}, []
        self.model._run_through_graph(x, operation_fn=lambda op: lambda *a, **k: self._call(op, found, a, k))
        self.gains = self.gains or found
        return self.outputs

    def _call(self, op, found: list, inputs: tuple, options: dict):
        if hasattr(op, "layers"):
            (y,) = inputs
            for inner in op.layers:
                if type(inner).__name__ != "InputLayer":
                    y = self._call(inner, found, (y,), {})
            return y
        if hasattr(op, "training"):
            options = {**options, "training": False}
        y = op(*inputs, **options)
        kernel = main_kernel(op) if self.gains is None and hasattr(op, "weights") else None
        if kernel is not None:
            rms = float(np.sqrt(np.mean(np.asarray(y, np.float64) ** 2)))
            gate = getattr(op, "activation", None) is self.keras.activations.sigmoid
            # wide open and shut gates one after another would amplify every rounding error
            gain = 0 if op is self.model.layers[-1] else -3 if gate else -round(math.log2(rms))
            found.append((op.name, gain))
            kernel.assign(kernel * 2.0**gain)
            y = op(*inputs, **options)
        self.outputs[op.name] = y
        return y


def flat_layers(model):
    for layer in model.layers:
        yield from flat_layers(layer) if hasattr(layer, "layers") else [layer]


def data(array) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()


def samples(value) -> dict:
    """Values at evenly spread places, with the largest and the root mean square of all."""
    flat = np.asarray(value).reshape(-1)
    count = min(SAMPLES, flat.size)
    index = np.arange(count, dtype=np.int64) * flat.size // count
    wide = flat.astype(np.float64)
    scale, rms = float(np.abs(wide).max()), float(np.sqrt((wide**2).mean()))
    return {"size": int(flat.size), "scale": scale, "rms": rms, "samples": data(flat[index])}


def sized(keras, keras_name: str, model, size: int):
    """The model for pictures of another size, which is the same one as long as nothing is flattened."""
    if keras_name.startswith("VGG") and model.input_shape[1] != size:
        return getattr(keras.applications, keras_name)(weights=None, input_shape=(size, size, 3))
    return model


def golden(keras, tf, model, size: int) -> dict:
    for layer in flat_layers(model):
        fill(layer)
    last = model.layers[-1]
    last.activation = keras.activations.linear  # so that the last output is the logits
    recorder = Recorder(keras, model)
    x = tf.constant(hash_weight("input_layer", "input", (1, size, size, 3)))
    recorder.run(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = recorder.run(x)
        logits = outputs[last.name]
        target = int(tf.argmax(logits[0]))
        y = logits[0, target]
    gradient = tape.gradient(y, x).numpy()
    names = list(outputs)
    step = max(1, len(names) // WATCHED_LAYERS)
    layers = {name: samples(outputs[name]) for name in names[step - 1 : -1 : step]}
    gains = dict(recorder.gains)
    return {
        "inputSize": size,
        "gains": [gains[layer.name] for layer in flat_layers(model) if main_kernel(layer) is not None],
        "layers": [{"name": name, **facts} for name, facts in layers.items()],
        "target": target,
        "logits": samples(logits),
        "gradient": samples(gradient),
    }


def parameters(model) -> dict:
    count = lambda weights: sum(int(np.prod(w.shape)) for w in weights)  # noqa: E731
    return {
        "total": count(model.weights),
        "trainable": count(model.trainable_weights),
        "nonTrainable": count(model.non_trainable_weights),
    }


def main() -> None:
    full = "--full" in sys.argv
    wanted = [name for name in sys.argv[1:] if not name.startswith("--")]
    keras = convert.quiet_keras([])
    import tensorflow as tf

    for keras_name, name, _ in convert.APPLICATIONS:
        if wanted and name not in wanted:
            continue
        keras.backend.clear_session()
        own = convert.build(keras, keras_name, True)
        size = (own.input_shape[1] or 224) if full else SMALL.get(name, 64)
        entry = {"application": name, "keras": keras.__version__, "parameters": parameters(own)}
        entry |= golden(keras, tf, sized(keras, keras_name, own, size), size)
        folder = GOLDEN / ("applications-full" if full else "applications")
        write_json(folder / f"{name}.json", entry)
        scales = [f"{layer['rms']:.2g}" for layer in entry["layers"]]
        print(name, size, entry["parameters"]["total"], "rms", *scales, "gradient", entry["gradient"]["rms"], flush=True)


if __name__ == "__main__":
    main()

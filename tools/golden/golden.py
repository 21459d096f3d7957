"""Computes everything test/golden holds for one model and one input, in float32 with float64 beside it."""

import platform
import sys
from pathlib import Path

import h5py
import numpy as np
import PIL
import tensorflow as tf
import tf_keras as keras
from network import RULES, Network
from record import GOLDEN, ArrayFile, input_entry, layer_entry, noise_between, rms_noise, write_json


def write_golden(model: keras.Model, x: np.ndarray, *, folder: str, target_layer: str, about: dict) -> None:
    """Writes test/golden/<folder>. `about` holds weights, image and pixels (an array or None)."""
    arrays, out = ArrayFile(), GOLDEN / folder
    single, double = (evaluate(Network(model, dtype), x, target_layer) for dtype in ("float32", "float64"))
    if single["target"] != double["target"]:
        sys.exit(f"{folder}: float32 and float64 disagree about the class")
    check_clone(model, x, single["outputs"])
    pixels = about.pop("pixels")
    layers, samples = layer_entries(model, single, double)
    golden = {
        "format": "backlight-golden-1",
        "model": folder.rsplit("/", 1)[-1],
        "writer": versions(),
        **about,
        "parameters": parameters(model),
        "pixels": None if pixels is None else arrays.exact(pixels),
        "input": input_entry(x, arrays.exact(x) if pixels is None else None),
        "layers": layers,
        **explanation(arrays, single, double, target_layer),
        "cam": cam(arrays, model, single),
    }
    write_json(out / "golden.json", golden)
    (out / "arrays.bin").write_bytes(arrays.data)
    (out / "layers.bin").write_bytes(samples)
    report(folder, golden, len(arrays.data) + len(samples))


def evaluate(network: Network, x: np.ndarray, target_layer: str) -> dict:
    """Outputs, logits, probs, the gradients of all rules, alpha and the maps, in the network's dtype."""
    gradients, target, outputs = {}, None, {}
    for network.rule in RULES:
        outputs, target, gradients[network.rule] = network.run(x, target_layer, target)
    logits = outputs[network.head]
    outputs[network.head] = network.probs(logits)
    g, a = gradients["gradient"]["layer"].astype(np.float64), outputs[target_layer].astype(np.float64)
    alpha = g.mean(axis=(0, 1))
    return {
        "outputs": outputs,
        "logits": logits,
        "probs": outputs[network.head],
        "target": target,
        "gradients": gradients,
        "alpha": alpha,
        "gradcam": np.maximum(a @ alpha, 0),
        "counterfactual": np.maximum(a @ -alpha, 0),
    }


def check_clone(model: keras.Model, x: np.ndarray, outputs: dict) -> None:
    """The recorded outputs must be those of the model as Keras made it, not only of the clone with the rules in it."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    values = keras.Model(model.inputs, [layer.output for layer in layers])(x[None])
    for layer, value in zip(layers, values, strict=True):
        difference = np.abs(value.numpy()[0] - outputs[layer.name]).max()
        if difference > 1e-5 * np.abs(outputs[layer.name]).max():
            sys.exit(f"{layer.name}: the clone differs from the model by {difference}")


def layer_entries(model: keras.Model, single: dict, double: dict) -> tuple[list[dict], bytes]:
    entries, data = [], bytearray()
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        value, wide = single["outputs"][layer.name], double["outputs"][layer.name]
        entry, samples = layer_entry(layer.name, layer.__class__.__name__, value, wide, len(data))
        entries.append(entry)
        data += samples
    return entries, bytes(data)


def explanation(arrays: ArrayFile, single: dict, double: dict, target_layer: str) -> dict:
    def exact(key: str) -> dict:
        return arrays.exact(single[key].astype(np.float32), noise_between(single[key], double[key]))

    def half(rule: str, place: str) -> dict:
        value, wide = single["gradients"][rule][place], double["gradients"][rule][place]
        return arrays.half(value, noise_between(value, wide)) | {"noiseRms": rms_noise(value, wide)}

    order = np.argsort(-single["logits"], kind="stable")[:5]
    return {
        "logits": exact("logits"),
        "probs": exact("probs"),
        "top5": [
            {"index": int(i), "logit": float(single["logits"][i]), "prob": float(single["probs"][i])} for i in order
        ],
        "target": single["target"],
        "targetLayer": target_layer,
        "gradients": {rule: {place: half(rule, place) for place in ("layer", "image")} for rule in RULES},
        "alpha": exact("alpha"),
        "gradcam": exact("gradcam"),
        "counterfactual": exact("counterfactual"),
    }


SHAPING = (keras.layers.Activation, keras.layers.Softmax, keras.layers.Reshape, keras.layers.Flatten, keras.layers.Dropout)


def cam(arrays: ArrayFile, model: keras.Model, single: dict) -> dict | None:
    """sum_k w_k A_k where maps A feed global pooling, and that one dense layer, or a 1x1 convolution of the pooled
    features, with nothing but a reshape, a dropout or the last activation beside them."""
    head = [layer for layer in model.layers if not isinstance(layer, SHAPING)]
    classifier, pool = head[-1], head[-2]
    if not isinstance(pool, (keras.layers.GlobalAveragePooling2D, keras.layers.GlobalMaxPooling2D)):
        return None
    if not isinstance(classifier, (keras.layers.Dense, keras.layers.Conv2D)):
        return None
    features = single["outputs"][pool.input._keras_history.layer.name].astype(np.float64)
    weights = classifier.get_weights()[0].reshape(features.shape[-1], -1)[:, single["target"]].astype(np.float64)
    return arrays.exact((features @ weights).astype(np.float32))


def parameters(model: keras.Model) -> dict:
    trainable = sum(int(np.prod(v.shape)) for v in model.trainable_weights)
    return {"total": model.count_params(), "trainable": trainable, "nonTrainable": model.count_params() - trainable}


def versions() -> dict:
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "tf_keras": keras.__version__,
        "numpy": np.__version__,
        "h5py": h5py.__version__,
        "pillow": PIL.__version__,
    }


def report(folder: str, golden: dict, size: int) -> None:
    noise = {rule: places["image"]["noise"] for rule, places in golden["gradients"].items()}
    worst = max(golden["layers"], key=lambda layer: layer["noise"])
    top = [(t["index"], round(t["logit"], 3), round(t["prob"], 3)) for t in golden["top5"]]
    print(f"{folder}: {golden['parameters']['total']} parameters, {size} bytes, top {top}")
    rms = {rule: places["image"]["noiseRms"] for rule, places in golden["gradients"].items()}
    print(f"  worst layer noise {worst['noise']} ({worst['name']}), logits {golden['logits']['noise']}")
    print(f"  image gradients: noise {noise}, rms {rms}")


def sample_path(name: str) -> Path:
    return GOLDEN.parents[1] / "weights" / "samples" / name

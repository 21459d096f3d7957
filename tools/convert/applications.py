"""Writes src/nn/applications/architectures.json: the networks of keras.applications, from Keras' own configurations.

python tools/convert/applications.py                 all of them
python tools/convert/applications.py --files         prints the published weight files that Keras asks for instead

No weights are fetched: Keras is asked for its ImageNet models (some have layers that only those have) while the download
and the load do nothing. A network is stored as base64 of deflate of JSON:
{ "layers": [[class, name, options that are not the default, inputs]], "top": how many of the last layers are the
classifier, "open": { "changes": { place: options }, "layers": [...] }, "older": [[name in the files, name here]] }.
`inputs` says how many places before the layer each of its inputs stands; left out, it is [1]. `open` says where the
model without its classifier, for any size, differs from the first layers of the one with it. `older` is there where
tf_keras, which wrote the published files, names layers with weights otherwise.
"""

import base64
import importlib
import inspect
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

OUT = Path(__file__).resolve().parents[2] / "src" / "nn" / "applications" / "architectures.json"

# Keras' name, our name, preprocess_input's mode; "raw" where the model holds its own preprocessing.
APPLICATIONS = [
    ("VGG16", "vgg16", "caffe"),
    ("VGG19", "vgg19", "caffe"),
    ("ResNet50", "resnet50", "caffe"),
    ("ResNet101", "resnet101", "caffe"),
    ("ResNet152", "resnet152", "caffe"),
    ("ResNet50V2", "resnet50v2", "tf"),
    ("ResNet101V2", "resnet101v2", "tf"),
    ("ResNet152V2", "resnet152v2", "tf"),
    ("MobileNet", "mobilenet", "tf"),
    ("MobileNetV2", "mobilenetv2", "tf"),
    ("MobileNetV3Small", "mobilenetv3small", "raw"),
    ("MobileNetV3Large", "mobilenetv3large", "raw"),
    ("DenseNet121", "densenet121", "torch"),
    ("DenseNet169", "densenet169", "torch"),
    ("DenseNet201", "densenet201", "torch"),
    ("InceptionV3", "inceptionv3", "tf"),
    ("Xception", "xception", "tf"),
    *((f"EfficientNetB{i}", f"efficientnetb{i}", "raw") for i in range(8)),
    ("NASNetMobile", "nasnetmobile", "tf"),
    ("ConvNeXtTiny", "convnexttiny", "raw"),
]

# Options that change nothing in inference, or that hold for every layer here.
DROPPED = {"name", "trainable", "dtype", "momentum", "data_format", "rate", "seed", "noise_shape", "synchronized",
           "renorm", "renorm_clipping", "renorm_momentum"}
BOTH_AXES = {"kernel_size", "strides", "dilation_rate", "pool_size", "size", "axis"}
ENDINGS = ("_initializer", "_regularizer", "_constraint")


def quiet_keras(requested: list):
    """Keras, made to build ImageNet models without their weights; `requested` gets what it would have fetched."""
    keras = importlib.import_module("keras")
    files = importlib.import_module("keras.src.utils.file_utils")
    random = importlib.import_module("keras.src.initializers.random_initializers")
    model = importlib.import_module("keras.src.models").Model
    zeros = importlib.import_module("tensorflow").zeros

    def get_file(fname=None, origin=None, file_hash=None, **_):
        requested.append({"file": fname, "url": origin, "hash": file_hash})
        return fname

    files.get_file = get_file
    model.load_weights = lambda *_, **__: None
    for name in ("VarianceScaling", "TruncatedNormal", "RandomNormal"):
        getattr(random, name).__call__ = lambda self, shape, dtype=None, **_: zeros(shape)
    return keras


def inputs_of(entry: dict) -> tuple[list[str], list[float]]:
    """Names of the layers that a layer is called on, and the numbers among its arguments."""
    names, numbers = [], []

    def walk(value):
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            names.append(value["config"]["keras_history"][0])
        elif isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, (int, float)):
            numbers.append(float(value))
        else:
            raise ValueError(f"{entry['name']}: argument {value}")

    calls = entry["inbound_nodes"]
    if len(calls) > 1:
        raise ValueError(f"{entry['name']} is shared")
    for call in calls:
        for argument in call["args"]:
            walk(argument)
    return names, numbers


def plain_options(layer_class: type, config: dict) -> dict:
    """What differs from the constructor's defaults, lists of one number for both axes as one number."""
    defaults = {name: p.default for name, p in inspect.signature(layer_class.__init__).parameters.items()}
    kept = {}
    for key, value in config.items():
        if key in DROPPED or key.endswith(ENDINGS) or value is None:
            continue
        value = simple(value) if key in BOTH_AXES else value
        if layer_class.__name__ in ("BatchNormalization", "LayerNormalization", "Concatenate", "Normalization"):
            if key == "axis" and value in (3, -1):
                continue
        if (key, value) in (("activation", "linear"), ("rms_scaling", False)):
            continue
        default = defaults.get(key, inspect.Parameter.empty)
        if value in (default, simple(default)) or (key == "strides" and "pool_size" in config and value == simple(config["pool_size"])):
            continue
        kept[key] = value
    return kept


def simple(value):
    """One number for lists of one number."""
    if isinstance(value, (list, tuple)) and value and all(v == value[0] for v in value):
        return value[0]
    return value


def layer_line(keras, entry: dict) -> tuple[str, str, dict, list[str]]:
    names, numbers = inputs_of(entry)
    class_name, name, config = entry["class_name"], entry["name"], entry["config"]
    if numbers:
        # x + 3 and x / 6 around MobileNetV3's gates are operations in Keras 3, without weights
        if class_name == "Add":
            return "Rescaling", name, {"scale": 1, "offset": numbers[0]}, names
        if class_name == "Multiply":
            return "Rescaling", name, {"scale": numbers[0]}, names
        raise ValueError(f"{name}: {class_name} of {numbers}")
    if class_name == "InputLayer":
        return class_name, name, {"batch_input_shape": config["batch_shape"]}, names
    if ".ops." in (entry.get("module") or ""):
        return class_name, name, {}, names  # Multiply and Add of two tensors compute what the layers do
    if class_name == "LayerScale":
        return class_name, name, {"projection_dim": config["projection_dim"]}, names
    return class_name, name, plain_options(getattr(keras.layers, class_name), config), names


def compact(keras, config: dict) -> list:
    """The layers of a functional model's config, each as short as it can be said."""
    lines, places = [], {}
    for entry in flat_layers(config):
        class_name, name, options, names = layer_line(keras, entry)
        distances = [len(lines) - places[other] for other in names]
        places[name] = len(lines)
        line = [class_name, name, options]
        lines.append(line if distances in ([], [1]) else [*line, distances])
    return lines


def flat_layers(config: dict):
    """The layers in Keras' order, those of an inner Sequential in its place."""
    renamed: dict = {}
    for entry in config["config"]["layers"]:
        for call in entry["inbound_nodes"]:
            rename(call, renamed)
        if entry["class_name"] != "Sequential":
            yield entry
            continue
        before = entry["inbound_nodes"]
        for inner in entry["config"]["layers"]:
            if inner["class_name"] == "InputLayer":
                continue
            name = inner["config"]["name"]
            yield {**inner, "name": name, "inbound_nodes": before}
            history = {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}
            before = [{"args": [history], "kwargs": {}}]
            renamed[entry["name"]] = name


def rename(value, renamed: dict) -> None:
    if isinstance(value, dict) and "keras_history" in value:
        value["keras_history"][0] = renamed.get(value["keras_history"][0], value["keras_history"][0])
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        rename(one, renamed)


def pack(value) -> str:
    text = json.dumps(value, separators=(",", ":"))
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return base64.b64encode(deflate.compress(text.encode()) + deflate.flush()).decode()


def open_form(lines: list, without_top: list) -> tuple[int, dict]:
    """(layers of the classifier, what else differs without it)."""
    kept = 0
    while kept < min(len(lines), len(without_top)) and lines[kept][:2] == without_top[kept][:2]:
        kept += 1
    pairs = list(zip(lines[:kept], without_top[:kept]))
    if any(a[3:] != b[3:] for a, b in pairs):
        raise ValueError("the model without its classifier is connected otherwise")
    changes = {i: b[2] for i, (a, b) in enumerate(pairs) if i > 0 and a[2] != b[2]}
    return len(lines) - kept, {"changes": changes, "layers": without_top[kept:]}


def stored(keras_name: str, mode: str, facts: dict) -> dict:
    """The entry of one application; `facts`: lines, withoutTop, size, parameters, older."""
    top, differences = open_form(facts["lines"], facts["withoutTop"])
    value = {"layers": facts["lines"], "top": top}
    if differences["changes"] or differences["layers"]:
        value["open"] = differences
    if facts["older"]:
        value["older"] = facts["older"]
    return {
        "title": keras_name,
        "inputSize": facts["size"],
        "preprocessing": mode,
        "parameters": facts["parameters"],
        "layers": pack(value),
    }


def build(keras, keras_name: str, include_top: bool):
    # without a shape NASNet's imagenet model asks for 224 even without its classifier, and gets the same layers
    return getattr(keras.applications, keras_name)(weights="imagenet", include_top=include_top)


def weight_layers(model) -> list[str]:
    """Names of the layers with weights, in Keras' order, those of inner models in their place."""
    names = []
    for layer in model.layers:
        names += weight_layers(layer) if hasattr(layer, "layers") else [layer.name] if layer.weights else []
    return names


def older_names(keras_names: list[str]) -> dict:
    """Names of the layers with weights in tf_keras, which cannot be used beside the patched keras."""
    script = "import sys, applications; applications.print_older(sys.argv[1:])"
    folder = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", script, *keras_names], cwd=folder, capture_output=True, check=True)
    return json.loads(done.stdout)


def print_older(keras_names: list[str]) -> None:
    keras = importlib.import_module("tf_keras")
    print(json.dumps({name: weight_layers(getattr(keras.applications, name)(weights=None)) for name in keras_names}))


def facts_of(keras, keras_name: str, older: list[str]) -> dict:
    keras.backend.clear_session()
    model = build(keras, keras_name, True)
    config = json.loads(model.to_json())
    names = weight_layers(model)
    keras.backend.clear_session()
    without_top = json.loads(build(keras, keras_name, False).to_json())
    return {
        "lines": compact(keras, config),
        "withoutTop": compact(keras, without_top),
        "size": model.input_shape[1] or 224,
        "parameters": model.count_params(),
        "older": [[a, b] for a, b in zip(older, names, strict=True) if a != b],
    }


def main() -> None:
    requested: list = []
    keras = quiet_keras(requested)
    if "--files" in sys.argv:
        for keras_name, name, _ in APPLICATIONS:
            for include_top in (True, False):
                build(keras, keras_name, include_top)
                print(json.dumps({"name": name if include_top else f"{name}-notop", **requested.pop()}))
        return
    older = older_names([keras_name for keras_name, _, _ in APPLICATIONS])
    entries = {}
    for keras_name, name, mode in APPLICATIONS:
        entries[name] = stored(keras_name, mode, facts_of(keras, keras_name, older[keras_name]))
        print(name, len(entries[name]["layers"]), flush=True)
    OUT.write_text(json.dumps(entries, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

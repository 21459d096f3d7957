"""Grad-CAM, Grad-CAM++ and LayerCAM by tf-keras-vis on the Keras fixtures -> test/golden/explain/cams-keras.json.

Grad-CAM is raw; the other two are rectified, as tf-keras-vis has it. Its Grad-CAM++ divides the weights a of positions
by their sum over all positions, where the authors' program takes those with a positive gradient alone, and multiplies
the map by exp(y): the golden holds it over exp(y), at layers where the gradient of a channel has one sign, so that both
agree.
"""

import base64
import importlib.metadata
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_USE_LEGACY_KERAS"] = "1"
import numpy as np  # noqa: E402
import tf_keras as keras  # noqa: E402
from record import GOLDEN, ROOT, write_json  # noqa: E402
from tf_keras_vis.gradcam import Gradcam  # noqa: E402
from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus  # noqa: E402
from tf_keras_vis.layercam import Layercam  # noqa: E402
from tf_keras_vis.utils.model_modifiers import ReplaceToLinear  # noqa: E402
from tf_keras_vis.utils.scores import CategoricalScore  # noqa: E402

MODELS = ROOT / "test" / "fixtures" / "models"
CASES = (
    ("residual", ("b_out", "a_out"), (4, 1)),
    ("lenet-mnist", ("conv2",), (7, 2)),
    ("vgg-like", ("block2_conv2",), (0, 3)),
)
ONE_SIGN = {("residual", "b_out")}
PLAIN = {"seek_penultimate_conv_layer": False, "expand_cam": False, "normalize_cam": False}


def load(name: str) -> keras.Model:
    if name != "vgg-like":
        return keras.models.load_model(MODELS / f"{name}.h5", compile=False)
    model = keras.models.model_from_json((MODELS / "vgg-like.json").read_text("utf-8"))
    model.load_weights(MODELS / "vgg-like-weights.h5")
    return model


def input_of(name: str) -> np.ndarray:
    folder = GOLDEN / "fixtures" / name
    ref = json.loads((folder / "golden.json").read_text("utf-8"))["input"]["ref"]
    values = np.frombuffer((folder / "arrays.bin").read_bytes(), "<f4", int(np.prod(ref["shape"])), ref["offset"])
    return values.reshape(1, *ref["shape"])


def encode(values: np.ndarray) -> dict:
    data = np.ascontiguousarray(values, "<f4")
    return {"shape": list(data.shape), "values": base64.b64encode(data.tobytes()).decode()}


def main() -> None:
    entries = []
    for name, layers, classes in CASES:
        model, x = load(name), input_of(name)
        logits = keras.models.clone_model(model)
        logits.set_weights(model.get_weights())
        logits.layers[-1].activation = keras.activations.linear
        for layer in layers:
            for index in classes:
                y = float(logits(x)[0, index])
                options = {"score": CategoricalScore(index), "seed_input": x, "penultimate_layer": layer, **PLAIN}
                of = lambda method: method(model, model_modifier=ReplaceToLinear())  # noqa: B023, E731
                maps = {"gradcam": of(Gradcam)(activation_modifier=None, **options)}
                maps["layercam"] = of(Layercam)(**options)
                if (name, layer) in ONE_SIGN:
                    maps["gradcam++ authors"] = of(GradcamPlusPlus)(**options) / np.exp(y)
                named = {f"tf-keras-vis/{method}": encode(values[0]) for method, values in maps.items()}
                entries.append({"network": name, "layer": layer, "target": index, "maps": named})
    packages = ("tensorflow-cpu", "tf_keras", "tf-keras-vis", "numpy")
    writer = {package: importlib.metadata.version(package) for package in packages}
    path = GOLDEN / "explain" / "cams-keras.json"
    write_json(path, {"writer": writer, "entries": entries})
    print(f"{path.name}: {len(entries)} entries, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

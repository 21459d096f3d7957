"""Writes test/golden for VGG16 and ResNet50 (hash weights) and for the embedded EfficientNet-Lite0 (its own weights).

python tools/golden/models.py [vgg16] [resnet50] [efficientnet-lite0]      all three without an argument
"""

import hashlib
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import hash_weights  # noqa: E402
import numpy as np  # noqa: E402
import tf_keras as keras  # noqa: E402
from golden import sample_path, write_golden  # noqa: E402
from PIL import Image  # noqa: E402
from record import GOLDEN, ROOT, write_json  # noqa: E402
from safetensors_file import read_safetensors  # noqa: E402

DEFAULT_WEIGHTS = ROOT / "weights" / "efficientnet-lite0.safetensors"


def caffe_model(name: str, application, sample: str, target_layer: str) -> None:
    """A keras.applications model with hash weights, on a picture read as Keras' users read it (nearest resize)."""
    model = application.__dict__[{"vgg16": "VGG16", "resnet50": "ResNet50"}[name]](weights=None)
    hash_weights.fill(model)
    path = sample_path(sample)
    picture = keras.utils.load_img(path, target_size=(224, 224))
    pixels = np.asarray(picture, np.uint8)
    x = application.preprocess_input(keras.utils.img_to_array(picture)[None])[0]
    image = {
        "path": f"weights/samples/{path.name}",
        "how": "load_img(target_size=(224, 224)): nearest; then preprocess_input",
        "preprocess": "caffe",
    }
    about = {"weights": {"kind": "hash"}, "image": image, "pixels": pixels}
    write_golden(model, x, folder=name, target_layer=target_layer, about=about)


def default_model() -> keras.Model:
    tensors, metadata = read_safetensors(DEFAULT_WEIGHTS)
    model = keras.models.model_from_json(metadata["config"])
    for layer in model.layers:
        names = [v.name.rsplit("/", 1)[-1].split(":")[0] for v in layer.weights]
        layer.set_weights([tensors[f"{layer.name}/{name}"].astype(np.float32) for name in names])
    return model


def default_pixels(path: Path) -> np.ndarray:
    """What the file's preprocess metadata says: the whole picture, PIL's bilinear resize."""
    return np.asarray(Image.open(path).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR), np.uint8)


def default_input(pixels: np.ndarray) -> np.ndarray:
    return (pixels.astype(np.float32) - np.float32(127)) / np.float32(128)


def efficientnet_lite0() -> None:
    model = default_model()
    path = sample_path("cat-and-coffee.jpg")
    pixels = default_pixels(path)
    image = {
        "path": f"weights/samples/{path.name}",
        "how": "PIL resize((224, 224), BILINEAR); then (v - 127) / 128",
        "preprocess": "default",
    }
    digest = hashlib.sha256(DEFAULT_WEIGHTS.read_bytes()).hexdigest()
    weights = {"kind": "file", "path": f"weights/{DEFAULT_WEIGHTS.name}", "sha256": digest}
    about = {"weights": weights, "image": image, "pixels": pixels}
    write_golden(model, default_input(pixels), folder="efficientnet-lite0", target_layer="top_relu", about=about)
    write_json(GOLDEN / "efficientnet-lite0" / "samples.json", {"samples": sample_predictions(model)})


def sample_predictions(model: keras.Model) -> list[dict]:
    """Top five of every shipped sample, from the file to the probability."""
    names = json.loads((ROOT / "weights" / "imagenet-classes.json").read_text("utf-8"))
    out = []
    for path in sorted(sample_path("").glob("*.jpg")):
        probs = model(default_input(default_pixels(path))[None]).numpy()[0]
        top = [{"index": int(i), "name": names[i][1], "prob": float(probs[i])} for i in probs.argsort()[::-1][:5]]
        out.append({"path": f"weights/samples/{path.name}", "top5": top})
    return out


def main() -> None:
    wanted = sys.argv[1:] or ["vgg16", "resnet50", "efficientnet-lite0"]
    write_json(GOLDEN / "hash-weights.json", {"checks": hash_weights.checks()})
    for name in wanted:
        if name == "vgg16":
            caffe_model(name, keras.applications.vgg16, "cat.jpg", "block5_conv3")
        elif name == "resnet50":
            caffe_model(name, keras.applications.resnet50, "cat.jpg", "conv5_block3_out")
        elif name == "efficientnet-lite0":
            efficientnet_lite0()
        else:
            sys.exit(f"unknown model {name}: vgg16, resnet50 or efficientnet-lite0")


if __name__ == "__main__":
    main()

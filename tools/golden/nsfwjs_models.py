"""Writes test/golden/nsfwjs.json: what Keras makes of the two layers models in npm's `nsfwjs` package, with the same
de-quantised weights, on a sample picture.

    python tools/golden/nsfwjs_models.py node_modules/nsfwjs

The package holds each file of the models inside a JavaScript module; node reads them out.
"""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np  # noqa: E402
import tf_keras as keras  # noqa: E402
from PIL import Image  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PICTURE = "weights/samples/cat.jpg"


def module(path: Path):
    """What a CommonJS module exports, by way of JSON."""
    code = "process.stdout.write(JSON.stringify(require(process.argv[1])))"
    return json.loads(subprocess.run(["node", "-e", code, str(path)], check=True, capture_output=True).stdout)


def read_model(folder: Path) -> keras.Model:
    model_json = module(folder / "model.min.js")
    config = model_json["modelTopology"]["model_config"]
    # The name that Keras 2.4 and later know the class by.
    model = keras.models.model_from_json(json.dumps(config | {"class_name": "Functional"}))
    weights = {}
    for group in model_json["weightsManifest"]:
        data = b"".join(base64.b64decode(module(folder / f"{path}.min.js")) for path in group["paths"])
        weights |= read_group(group["weights"], data)
    for layer in model.layers:
        names = [f"{layer.name}/{v.name.rsplit('/', 1)[-1].split(':')[0]}" for v in layer.weights]
        layer.set_weights([weights.pop(name) for name in names])
    assert not weights, list(weights)
    return model


def read_group(entries: list[dict], data: bytes) -> dict:
    at, out = 0, {}
    for entry in entries:
        quantization, shape = entry["quantization"], entry["shape"]
        codes = np.frombuffer(data, quantization["dtype"], int(np.prod(shape)), at)
        at += codes.nbytes
        out[entry["name"]] = (codes * quantization["scale"] + quantization["min"]).astype(np.float32).reshape(shape)
    assert at == len(data)
    return out


def nearest(pixels: np.ndarray, size: int) -> np.ndarray:
    """Row and column floor((i + 0.5) * scale), as Keras' load_img."""
    rows, columns = (np.floor((np.arange(size) + 0.5) * extent / size).astype(int) for extent in pixels.shape[:2])
    return pixels[rows][:, columns]


def main() -> None:
    package = Path(sys.argv[1]).resolve()
    pixels = np.asarray(Image.open(ROOT / PICTURE).convert("RGB"), np.uint8)
    golden = {"package": "nsfwjs@" + json.loads((package / "package.json").read_text())["version"], "picture": PICTURE}
    for name in ("mobilenet_v2", "inception_v3"):
        model = read_model(package / "dist" / "models" / name)
        x = nearest(pixels, model.input_shape[1]).astype(np.float32) / 255
        layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
        values = keras.Model(model.inputs, [layer.output for layer in layers])(x[None], training=False)
        golden[name] = {
            "parameters": model.count_params(),
            "probs": [float(v) for v in values[-1].numpy()[0]],
            # Two numbers that every layer's output must have: a wrong layer is found where it stands.
            "layers": {
                layer.name: {"mean": float(np.mean(v.numpy(), dtype=np.float64)), "rms": rms(v.numpy())}
                for layer, v in zip(layers, values, strict=True)
            },
        }
        print(name, golden[name]["parameters"], [round(p, 4) for p in golden[name]["probs"]])
    (ROOT / "test" / "golden" / "nsfwjs.json").write_text(json.dumps(golden, indent=1) + "\n")


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


if __name__ == "__main__":
    main()

"""Writes test/golden/explain/perturb.json: perturbation methods by PyTorch's libraries, on the fixtures' weights.

pytorch-grad-cam: AblationCAM and ScoreCAM, weights and maps before ReLU and scaling; ScoreCAM with the maps resized as the
library does (align-corners) and once more with half-pixel bilinear in its place.
captum: Occlusion, with windows that overlap and are cut off at the border. explain_perturb_keras.py has the methods that
Keras' libraries have: TensorFlow and PyTorch do not fit in one process.
"""

import base64
from contextlib import contextmanager

import numpy as np
import torch
import torch_nets
from captum.attr import Occlusion
from pytorch_grad_cam import AblationCAM, ScoreCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from record import GOLDEN, write_json

# fixture, layer here, module of the PyTorch copy, class
CAMS = [
    ("residual", "b_out", "b_out", None),
    ("residual", "stem_relu", "stem_relu", 1),
    ("lenet-mnist", "conv2", "conv2_relu", None),
    ("vgg-like", "block2_conv2", "block2_conv2_relu", None),
    ("separable", "c_conv", "c_conv_relu", 2),
]
# fixture, class, window and stride (height, width), fill for each channel
OCCLUSIONS = [
    ("residual", 3, (7, 6), (4, 5), [0.0, 0.0, 0.0]),
    ("separable", 1, (8, 8), (3, 8), [0.5, -1.0, 2.0, 0.25]),
    ("vgg-like", 0, (6, 4), (6, 3), [1.0, 0.0, -1.0]),
]


def text_of(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).astype("<f4").tobytes()).decode("ascii")


class HalfPixel(torch.nn.Upsample):
    def __init__(self, size) -> None:
        super().__init__(size=tuple(size), mode="bilinear", align_corners=False)


@contextmanager
def replaced(owner, name: str, value):
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def raw_cam(method, name: str, module: str, index: int) -> dict:
    """Weights and weighted sum as the library computes them on its way."""
    net = torch_nets.load(name)
    kept = {}

    class Recorded(method):
        def get_cam_weights(self, input_tensor, target_layer, targets, activations, grads):
            kept["activations"] = activations
            weights = super().get_cam_weights(input_tensor, target_layer, targets, activations, grads)
            kept["weights"] = weights
            return weights

        def get_cam_image(self, *args, **kwargs):
            kept["map"] = super().get_cam_image(*args, **kwargs)
            return kept["map"]

    with Recorded(net, [net.get_submodule(module)]) as cam:
        cam(torch_nets.input_of(name), [ClassifierOutputTarget(index)])
    activations = kept["activations"][0]
    flat = [k for k, a in enumerate(activations) if a.max() == a.min()]
    return {"weights": kept["weights"][0], "map": kept["map"][0], "flat": flat, "least": float(activations.min())}


def cams() -> list[dict]:
    out = []
    for name, layer, module, wanted in CAMS:
        with torch.no_grad():
            logits = torch_nets.load(name)(torch_nets.input_of(name))[0]
        index = int(logits.argmax()) if wanted is None else wanted
        entry = {"fixture": name, "layer": layer, "index": index, "logit": float(logits[index])}
        for key, method, resize in (
            ("ablation", AblationCAM, None),
            ("score", ScoreCAM, None),
            ("scoreHalfPixel", ScoreCAM, HalfPixel),
        ):
            with replaced(torch.nn, "UpsamplingBilinear2d", resize or torch.nn.UpsamplingBilinear2d):
                found = raw_cam(method, name, module, index)
            if found["least"] != 0:
                raise SystemExit(f"{name} {layer}: AblationCAM replaces channels by -1e7 where no activation is 0")
            entry["flat"] = found["flat"]
            entry[key] = {"weights": text_of(found["weights"]), "map": text_of(found["map"])}
        print(name, layer, f"class {index}, logit {float(logits[index]):.3f}, flat channels {entry['flat']}")
        out.append(entry)
    return out


def occlusions() -> list[dict]:
    out = []
    for name, index, window, stride, fill in OCCLUSIONS:
        x = torch_nets.input_of(name)
        channels = x.shape[1]
        with torch.no_grad():
            attribution = Occlusion(torch_nets.load(name)).attribute(
                x,
                sliding_window_shapes=(channels, *window),
                strides=(channels, *stride),
                target=index,
                baselines=torch.tensor(fill).view(1, -1, 1, 1).expand_as(x),
            )
        if float((attribution - attribution[:, :1]).abs().max()) != 0:
            raise SystemExit(f"{name}: channels differ though windows cover all")
        facts = {"fixture": name, "index": index, "window": window, "stride": stride, "fill": fill}
        out.append({**facts, "map": text_of(attribution[0, 0].numpy())})
    return out


def main() -> None:
    golden = {"cams": cams(), "occlusions": occlusions()}
    write_json(GOLDEN / "explain" / "perturb.json", golden)


if __name__ == "__main__":
    main()

"""Wrapped methods by the libraries that have such wrappers, on PyTorch copies of the fixtures in float64
-> test/golden/explain/wrappers.json.

pytorch-grad-cam: aug_smooth, eigen_smooth, several target layers; captum: NoiseTunnel, whose noise is ours.
pytorch-grad-cam scales each map before it resizes it: several layers are asked for where nothing is resized.
"""

import base64
import importlib.metadata
from unittest import mock

import numpy as np
import torch
from captum.attr import Attribution, InputXGradient, LayerGradCam, NoiseTunnel
from explain_gradient import NOISE, SAMPLES, SEED, noise_for
from pytorch_grad_cam import GradCAM, GradCAMPlusPlus
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from record import GOLDEN, write_json
from torch import nn
from torch_nets import input_of, load

# network, class, layer for one map, layers of the input's size for several; a layer's output is that of its ReLU
CASES = (
    ("vgg-like", 0, "block2_conv2", ("block1_conv1", "block1_conv2")),
    ("lenet-mnist", 7, "conv2", ("conv1",)),
)
METHODS = {"gradcam": GradCAM, "gradcam++": GradCAMPlusPlus}


def module(net: nn.Module, name: str) -> nn.Module:
    return dict(net.named_modules())[f"{name}_relu"]


def eigen_smoothed(kind: type[BaseCAM], net: nn.Module, layer: nn.Module, x: torch.Tensor, target: int) -> np.ndarray:
    """The projection as it is, before ReLU and scaling."""
    raw: list[np.ndarray] = []
    image = kind.get_cam_image

    def kept(self: BaseCAM, *args: object, **options: object) -> np.ndarray:
        raw.append(image(self, *args, **options))
        return raw[-1]

    with mock.patch.object(kind, "get_cam_image", kept), kind(model=net, target_layers=[layer]) as cam:
        cam(input_tensor=x, targets=[ClassifierOutputTarget(target)], eigen_smooth=True)
    return raw[0][0]


def smoothed(attribution: Attribution, x: torch.Tensor, target: int) -> np.ndarray:
    noise = noise_for(x)
    with mock.patch("torch.normal", lambda *_: noise):
        found = NoiseTunnel(attribution).attribute(x, nt_samples=SAMPLES, stdevs=1.0, target=target)
    return found.detach().numpy()[0].transpose(1, 2, 0)


def encoded(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


def wrapped(
    net: nn.Module, x: torch.Tensor, target: int, layer: nn.Module, layers: list[nn.Module]
) -> dict[str, np.ndarray]:
    targets = [ClassifierOutputTarget(target)]
    found = {
        "smoothed-gradcam": smoothed(LayerGradCam(net, layer), x, target),
        "smoothed-input-x-gradient": smoothed(InputXGradient(net), x, target),
    }
    for name, kind in METHODS.items():
        found[f"eigensmoothed-{name}"] = eigen_smoothed(kind, net, layer, x, target)
        with kind(model=net, target_layers=[layer]) as cam:
            found[f"augmented-{name}"] = cam(input_tensor=x, targets=targets, aug_smooth=True)[0]
        with kind(model=net, target_layers=layers) as cam:
            found[f"fused-{name}"] = cam(input_tensor=x, targets=targets)[0]
    return found


def main() -> None:
    networks = {}
    for name, target, layer, layers in CASES:
        net, x = load(name).double(), input_of(name).double()
        maps = wrapped(net, x, target, module(net, layer), [module(net, one) for one in layers])
        networks[name] = {
            "target": target,
            "layer": layer,
            "layers": list(layers),
            "maps": {method: encoded(values) for method, values in maps.items()},
        }
    libraries = {one: importlib.metadata.version(one).split("+")[0] for one in ("grad-cam", "captum", "torch")}
    options = {"samples": SAMPLES, "noise": NOISE, "seed": SEED}
    write_json(GOLDEN / "explain" / "wrappers.json", {"libraries": libraries, "options": options, "networks": networks})


if __name__ == "__main__":
    main()

"""The class activation maps by pytorch-grad-cam and torch-cam, on PyTorch copies of the fixtures in float64, raw:
before ReLU, scaling and resizing where the library lets one look there -> test/golden/explain/cams.json.

What the libraries do not have is written out here from its definition: Grad-CAM++ with the authors' normalisation and
by the bare formula, Eigen-CAM without centring, FullGrad rescaled by layers.
"""

import base64
import importlib.metadata

import numpy as np
import torch
from pytorch_grad_cam import (
    EigenCAM,
    EigenGradCAM,
    FullGrad,
    GradCAM,
    GradCAMPlusPlus,
    HiResCAM,
    LayerCAM,
    XGradCAM,
)
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from record import GOLDEN, write_json
from torch import nn
from torch_nets import input_of, load
from torchcam import methods as torchcam

# network, {Keras layer: PyTorch module}, classes
CASES = (
    ("residual", {"b_out": "b_out", "a_out": "a_out", "stem_pool": "stem_pool"}, (4, 1)),
    ("lenet-mnist", {"conv2": "conv2_relu", "pool1": "pool1"}, (7, 2)),
    ("vgg-like", {"block2_conv2": "block2_conv2_relu", "block1_pool": "block1_pool"}, (0, 3)),
    ("separable", {"c_conv": "c_conv_relu", "a_conv": "a_conv"}, (0, 2)),
)
PYTORCH_GRAD_CAM = {
    "gradcam": GradCAM,
    "gradcam++": GradCAMPlusPlus,
    "xgradcam": XGradCAM,
    "hirescam": HiResCAM,
    "layercam": LayerCAM,
    "eigencam": EigenCAM,
    "eigengradcam": EigenGradCAM,
}
# torch-cam rectifies all but CAM. Its Grad-CAM++ is left out: see `torchcam_plus_plus`.
TORCH_CAM = {"gradcam": torchcam.GradCAM, "xgradcam": torchcam.XGradCAM, "layercam": torchcam.LayerCAM}


def encode(values: np.ndarray) -> dict:
    data = np.ascontiguousarray(values, "<f4")
    return {"shape": list(data.shape), "values": base64.b64encode(data.tobytes()).decode()}


def by_pytorch_grad_cam(method: type[BaseCAM], net: nn.Module, layer: str, x: torch.Tensor, index: int) -> np.ndarray:
    class Recorded(method):
        def get_cam_image(self, *args, **kwargs):  # noqa: ANN002, ANN003, ANN202
            self.raw = super().get_cam_image(*args, **kwargs)
            return self.raw

    with Recorded(model=net, target_layers=[net.get_submodule(layer)]) as cam:
        cam(x, [ClassifierOutputTarget(index)])
        return np.asarray(cam.raw)[0]


def full_grad(net: nn.Module, x: torch.Tensor, index: int) -> np.ndarray:
    class Recorded(FullGrad):
        def aggregate_multi_layers(self, cam_per_target_layer: np.ndarray) -> np.ndarray:
            self.raw = cam_per_target_layer.sum(axis=1)
            return super().aggregate_multi_layers(cam_per_target_layer)

    with Recorded(model=net, target_layers=[]) as cam:
        cam(x, [ClassifierOutputTarget(index)])
        return cam.raw[0]


def by_torch_cam(method: type, net: nn.Module, layer: str, x: torch.Tensor, index: int) -> np.ndarray:
    with method(net, target_layer=layer) as cam:
        return cam(index, net(x), normalized=False)[0][0].numpy()


def plain_cam(net: nn.Module, layer: str, x: torch.Tensor, index: int) -> np.ndarray:
    with torchcam.CAM(net, target_layer=layer, fc_layer="predictions") as cam:
        net(x)
        return cam(index, normalized=False)[0][0].numpy()


def activations(net: nn.Module, layer: str, x: torch.Tensor, index: int) -> tuple[np.ndarray, np.ndarray]:
    """A and g at a layer, [k, h, w]."""
    kept = []
    handle = net.get_submodule(layer).register_forward_hook(lambda _module, _input, output: kept.append(output))
    y = net(x)[0, index]
    handle.remove()
    (g,) = torch.autograd.grad(y, kept)
    return kept[0][0].detach().numpy(), g[0].numpy()


def plus_plus(a: np.ndarray, g: np.ndarray, *, authors: bool) -> np.ndarray:
    """Chattopadhyay et al. 2018, eq. 19; `authors`: position weights over their sum where the gradient is positive."""
    total = a.sum((1, 2), keepdims=True)
    denominator = 2 * g**2 + total * g**3
    weights = np.where(g > 0, g**2 / np.where(denominator == 0, 1, denominator), 0)
    if authors:
        sums = weights.sum((1, 2), keepdims=True)
        weights = weights / np.where(sums == 0, 1, sums)
    return ((weights * np.maximum(g, 0)).sum((1, 2), keepdims=True) * a).sum(0)


def torchcam_plus_plus(net: nn.Module, layer: str, x: torch.Tensor, index: int) -> None:
    """torch-cam 0.5.0 divides a masked copy of alpha and keeps the numerator: its weights are sum g^2 ReLU(g)."""
    a, g = activations(net, layer, x, index)
    found = by_torch_cam(torchcam.GradCAMpp, net, layer, x, index)
    undivided = np.maximum(((g**2 * np.maximum(g, 0)).sum((1, 2), keepdims=True) * a).sum(0), 0)
    if not np.allclose(found, undivided, rtol=1e-6, atol=1e-9 * undivided.max()):
        raise SystemExit("torch-cam's Grad-CAM++ is no longer what it was: compare with it")


def first_component(a: np.ndarray) -> np.ndarray:
    """[k, h, w] projected on the first right singular vector of [h w, k]; the sign with more positive mass."""
    rows = a.reshape(a.shape[0], -1).T
    projected = rows @ np.linalg.svd(rows, full_matrices=False)[2][0]
    return (projected if projected.sum() >= 0 else -projected).reshape(a.shape[1:])


def full_grad_by_layer(net: nn.Module, x: torch.Tensor, index: int) -> np.ndarray:
    """As the authors' program: each layer's term rescaled as a whole, enlarged corner on corner; but for what is one
    pixel (the convolution that a classifier may be), which would only lift the map."""
    outputs, biases, handles = [], [], []
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.BatchNorm2d)) and module.bias is not None:
            bias = module.bias
            if isinstance(module, nn.BatchNorm2d):
                bias = bias - module.running_mean * module.weight / torch.sqrt(module.running_var + module.eps)
            biases.append(bias)  # the modules stand in the order in which they run
            handles.append(module.register_forward_hook(lambda _module, _input, output: outputs.append(output)))
    x = x.clone().requires_grad_()
    y = net(x)[0, index]
    for handle in handles:
        handle.remove()
    dx, *gradients = torch.autograd.grad(y, [x, *outputs])
    terms = [dx * x, *(g * b[None, :, None, None] for g, b in zip(gradients, biases, strict=True))]
    total = torch.zeros(x.shape[2:], dtype=x.dtype)
    for term in terms:
        if term.shape[2:].numel() == 1:
            continue
        size = term.detach().abs()
        size = (size - size.min()) / (size.max() - size.min() + 1e-7)
        size = nn.functional.interpolate(size, x.shape[2:], mode="bilinear", align_corners=True)
        total += size.sum((0, 1))
    return total.numpy()


def entry(network: str, layer: str | None, index: int, maps: dict[str, np.ndarray]) -> dict:
    return {"network": network, "layer": layer, "target": index, "maps": {name: encode(m) for name, m in maps.items()}}


def layer_entry(name: str, net: nn.Module, x: torch.Tensor, keras: str, layer: str, index: int) -> dict:
    maps = {f"pytorch-grad-cam/{m}": by_pytorch_grad_cam(c, net, layer, x, index) for m, c in PYTORCH_GRAD_CAM.items()}
    maps |= {f"torch-cam/{m}": by_torch_cam(c, net, layer, x, index) for m, c in TORCH_CAM.items()}
    torchcam_plus_plus(net, layer, x, index)
    if (name, keras) == ("residual", "b_out"):
        maps["torch-cam/cam"] = plain_cam(net, layer, x, index)
    a, g = activations(net, layer, x, index)
    maps["formula/gradcam++ exact"] = plus_plus(a, g, authors=False)
    maps["formula/gradcam++ authors"] = plus_plus(a, g, authors=True)
    maps["formula/eigencam"] = first_component(a)
    maps["formula/eigengradcam"] = first_component(a * g)
    return entry(name, keras, index, maps)


def main() -> None:
    entries = []
    for name, layers, classes in CASES:
        net, x = load(name).double(), input_of(name).double()
        for index in classes:
            maps = {"pytorch-grad-cam/fullgrad": full_grad(net, x, index)}
            maps["formula/fullgrad by layer"] = full_grad_by_layer(net, x, index)
            entries.append(entry(name, None, index, maps))
            for keras, layer in layers.items():
                entries.append(layer_entry(name, net, x, keras, layer, index))
    packages = ("torch", "grad-cam", "torchcam", "numpy")
    writer = {package: importlib.metadata.version(package) for package in packages}
    path = GOLDEN / "explain" / "cams.json"
    write_json(path, {"writer": writer, "entries": entries})
    print(f"{path.name}: {len(entries)} entries, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

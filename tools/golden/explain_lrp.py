"""Layer-wise relevance propagation by zennit on the PyTorch copies of the fixtures, in float64.

Writes test/golden/explain/lrp.json: for each network and composite, the relevance of the input and of two inner layers.
python tools/golden/explain_lrp.py
"""

import base64
import json

import numpy as np
import torch
import torch_nets
import zennit.composites as zc
import zennit.rules as zr
from record import GOLDEN, write_json
from torch import nn
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.layer import Sum
from zennit.types import Convolution, Linear

# Inner layers by their names in Keras: the activations' outputs there, and where PyTorch has them.
LAYERS = {
    "vgg-like": {"block2_conv1": "block2_conv1_relu", "fc1": "fc1_relu"},
    "residual": {"a_out": "a_out", "b_1_conv": "b_1_conv_relu"},
    "separable": {"grouped": "grouped_relu", "c_conv": "c_conv_relu"},
    "lenet-mnist": {"conv2": "conv2_relu", "dense1": "dense1_relu"},
}
# Composites of each network; all of those without an entry.
CHOSEN = {
    "residual": ["epsilon-plus-flat", "epsilon-gamma-box", "epsilon-alpha2-beta1-flat", "epsilon", "gamma"]
    + ["epsilon-plus-flat without biases"],
    "separable": ["epsilon-plus-flat", "gamma"],
    "lenet-mnist": ["epsilon-plus-flat"],
}
BOX = (-1.5, 1.25)


def padded(convolution: nn.Conv2d, sides: tuple[int, int, int, int]) -> nn.Conv2d:
    """The same convolution with the padding of a ZeroPad2d before it as its own, as torchvision's networks have theirs:
    the flat rule then gives nothing to the border, which is no part of the picture."""

    class Padded(nn.Conv2d):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(nn.functional.pad(x, sides))

    convolution.__class__ = Padded
    return convolution


class Residual(torch_nets.Residual):
    """With its sums as modules, which zennit gives the norm rule."""

    def __init__(self) -> None:
        super().__init__()
        self.a_add, self.b_add = Sum(), Sum()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem_pool(self.stem_relu(self.stem_bn(self.stem_conv(x))))
        branch = self.a_2_bn(self.a_2_conv(self.a_1_relu(self.a_1_bn(self.a_1_conv(x)))))
        x = self.a_out(self.a_add(torch.stack([self.a_0_bn(self.a_0_conv(x)), branch], -1)))
        branch = self.b_2_bn(self.b_2_conv(self.b_1_conv_relu(self.b_1_conv(x))))
        x = self.b_out(self.b_add(torch.stack([x, branch], -1)))
        return self.predictions(self.flatten(self.avg_pool(x)))


def load(name: str) -> nn.Module:
    known = torch_nets.CLASSES["residual"]
    torch_nets.CLASSES["residual"] = Residual
    net = torch_nets.load(name).double()
    torch_nets.CLASSES["residual"] = known
    if hasattr(net, "stem_pad"):
        padded(net.stem_conv, net.stem_pad.padding)
        net.stem_pad = nn.Identity()
    return net.requires_grad_(False)


class MergeBatchNorm(SequentialMergeBatchNorm):
    """zennit sets a merged batch norm to mean 0 and variance 1 but leaves its epsilon, so that it still divides by
    sqrt(1 + epsilon): with Keras' 1e-3 each batch norm changes what follows by 5e-4. Here it is the identity."""

    @staticmethod
    def merge_batch_norm(modules, batch_norm) -> None:
        SequentialMergeBatchNorm.merge_batch_norm(modules, batch_norm)
        batch_norm.eps = 0.0


def one_rule(rule) -> zc.LayerMapComposite:
    return zc.LayerMapComposite(zc.layer_map_base() + [(Linear, rule)], canonizers=[MergeBatchNorm()])


def first_rule(rule) -> zc.SpecialFirstLayerMapComposite:
    """The rule for the first layer, epsilon for all others."""
    layers = zc.layer_map_base() + [(Linear, zr.Epsilon())]
    return zc.SpecialFirstLayerMapComposite(layers, [(Convolution, rule)], canonizers=[MergeBatchNorm()])


def composites() -> dict[str, object]:
    canonizers = [MergeBatchNorm()]
    box = [torch.tensor(value, dtype=torch.float64) for value in BOX]
    return {
        "epsilon-plus-flat": zc.EpsilonPlusFlat(canonizers=canonizers),
        "epsilon-gamma-box": zc.EpsilonGammaBox(*box, canonizers=canonizers),
        "epsilon-alpha2-beta1-flat": zc.EpsilonAlpha2Beta1Flat(canonizers=canonizers),
        "epsilon": one_rule(zr.Epsilon()),
        "gamma": one_rule(zr.Gamma()),
        "z-plus": one_rule(zr.ZPlus()),
        "epsilon-plus-flat without biases": zc.EpsilonPlusFlat(canonizers=canonizers, zero_params=["bias"]),
        "w-square first": first_rule(zr.WSquare(zero_params=["bias"])),
    }


def encoded(relevance: torch.Tensor) -> str:
    value = relevance[0].numpy()
    if value.ndim == 3:
        value = value.transpose(1, 2, 0)
    return base64.b64encode(np.ascontiguousarray(value).astype("<f4").tobytes()).decode("ascii")


def explained(name: str, composite) -> dict[str, object]:
    net = load(name)
    kept = {}

    def keep(layer: str):
        def hook(_module, _inputs, output: torch.Tensor) -> None:
            output.retain_grad()
            kept[layer] = output

        return hook

    x = torch_nets.input_of(name).double().requires_grad_()
    with composite.context(net):
        modules = [(layer, net.get_submodule(module)) for layer, module in LAYERS[name].items()]
        handles = [module.register_forward_hook(keep(layer)) for layer, module in modules]
        logits = net(x)
        if not torch.allclose(logits, load(name)(x), rtol=1e-9, atol=1e-9):
            raise SystemExit(f"{name}: the canonised network is another one")
        target = int(logits.argmax())
        start = torch.zeros_like(logits)
        start[0, target] = logits[0, target].detach()
        logits.backward(start)
        for handle in handles:
            handle.remove()
    relevance = {"input": x.grad, **{layer: output.grad for layer, output in kept.items()}}
    return {"target": target, "value": logits[0, target].item(), **{key: encoded(r) for key, r in relevance.items()}}


def main() -> None:
    networks = {
        name: {key: explained(name, rules) for key, rules in composites().items() if key in CHOSEN.get(name, [key])}
        for name in LAYERS
    }
    path = GOLDEN / "explain" / "lrp.json"
    write_json(path, {"library": "zennit 0.5.1", "box": list(BOX), "networks": networks})
    sizes = {name: len(json.dumps(value)) for name, value in networks.items()}
    print(f"{path.name}: {path.stat().st_size} bytes; {sizes}")


if __name__ == "__main__":
    main()

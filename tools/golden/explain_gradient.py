"""Gradient methods by captum on PyTorch copies of the fixtures -> test/golden/explain/gradient.json.

captum has no RectGrad and no relaxed max pool: those two are written out here from their definitions, as autograd
functions in float64.
"""

import base64
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import captum
import numpy as np
import torch
from captum.attr import Deconvolution, GuidedBackprop, InputXGradient, IntegratedGradients, NoiseTunnel, Saliency
from record import GOLDEN, write_json
from torch import nn
from torch_nets import input_of, load

NAMES = ("residual", "lenet-mnist", "vgg-like")
STEPS = 16
SAMPLES = 6
NOISE = 0.15
SEED = 5
QUANTILE = 0.9
MASK = 0xFFFFFFFF


def scramble(h: int) -> int:
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK
    return h ^ (h >> 16)


def uniform(seed: str) -> Iterator[float]:
    """The same numbers as src/explain/random.ts, which documents them."""
    state = 0x9747B28C
    for letter in seed:
        state = scramble(state ^ ord(letter))
    while True:
        state = (state + 0x9E3779B9) & MASK
        yield (scramble(state) >> 8) / 2**24


def gaussian(seed: str, count: int) -> np.ndarray:
    draw = uniform(seed)
    values: list[float] = []
    while len(values) < count:
        u, v = 2 * next(draw) - 1, 2 * next(draw) - 1
        s = u * u + v * v
        if 0 < s < 1:
            radius = math.sqrt(-2 * math.log(s) / s)
            values += [u * radius, v * radius]
    return np.asarray(values[:count], np.float32)


def noise_for(x: torch.Tensor) -> torch.Tensor:
    """[SAMPLES, c, h, w]; drawn in the order height, width, channels."""
    _, c, h, w = x.shape
    deviation = NOISE * float(x.max() - x.min())
    drawn = [gaussian(f"{SEED}/{i}", x.numel()).reshape(h, w, c).transpose(2, 0, 1) for i in range(SAMPLES)]
    return torch.from_numpy(np.stack(drawn).astype(np.float64) * deviation)


class Rectified(torch.autograd.Function):
    """RectGrad (Kim et al. 2019): r passes where a * r > tau, tau being the quantile (rank rounded down) of a * r."""

    @staticmethod
    def forward(ctx, x):  # noqa: ANN001, ANN205
        y = x.clamp(min=0)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, r):  # noqa: ANN001, ANN205
        (a,) = ctx.saved_tensors
        product = (a * r).flatten(1)
        rank = math.floor(QUANTILE * (product.shape[1] - 1))
        tau = product.sort(1).values[:, rank].reshape(-1, *[1] * (r.dim() - 1))
        return torch.where(a * r > tau, r, torch.zeros_like(r))


class RelaxedMaxPool(torch.autograd.Function):
    """Forward a max pool, backward the average pool of the same windows over the pixels inside the picture."""

    @staticmethod
    def forward(ctx, x, pool):  # noqa: ANN001, ANN205
        ctx.save_for_backward(x)
        ctx.pool = pool
        return nn.functional.max_pool2d(x, pool.kernel_size, pool.stride, pool.padding, ceil_mode=pool.ceil_mode)

    @staticmethod
    def backward(ctx, dy):  # noqa: ANN001, ANN205
        (x,) = ctx.saved_tensors
        pool = ctx.pool
        with torch.enable_grad():
            leaf = x.detach().requires_grad_()
            padding, ceil = pool.padding, pool.ceil_mode
            y = nn.functional.avg_pool2d(leaf, pool.kernel_size, pool.stride, padding, ceil, count_include_pad=False)
            (dx,) = torch.autograd.grad(y, leaf, dy)
        return dx, None


@contextmanager
def replaced(kind: type[nn.Module], forward: Callable) -> Iterator[None]:
    with mock.patch.object(kind, "forward", forward):
        yield


def plain_gradient(net: nn.Module, x: torch.Tensor, target: int) -> torch.Tensor:
    leaf = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(net(leaf)[0, target], leaf)
    return gradient


def noise_tunnel(net: nn.Module, x: torch.Tensor, target: int, kind: str) -> torch.Tensor:
    """captum's own NoiseTunnel, whose random numbers are ours."""
    noise = noise_for(x)
    with mock.patch("torch.normal", lambda *_: noise):
        tunnel = NoiseTunnel(Saliency(net))
        return tunnel.attribute(x, nt_type=kind, nt_samples=SAMPLES, stdevs=1.0, target=target, abs=False)


def attributions(net: nn.Module, x: torch.Tensor, target: int) -> dict[str, torch.Tensor]:
    integrated = IntegratedGradients(net)
    found: dict[str, torch.Tensor] = {
        "saliency": Saliency(net).attribute(x, target=target, abs=False),
        "inputXGradient": InputXGradient(net).attribute(x, target=target),
        "integratedGradients": integrated.attribute(x, target=target, n_steps=STEPS, method="riemann_middle"),
        "integratedGradientsGauss": integrated.attribute(x, target=target, n_steps=STEPS, method="gausslegendre"),
        "smoothGrad": noise_tunnel(net, x, target, "smoothgrad"),
        "smoothGradSquared": noise_tunnel(net, x, target, "smoothgrad_sq"),
        "varGrad": noise_tunnel(net, x, target, "vargrad"),
        "guidedBackprop": GuidedBackprop(net).attribute(x, target=target),
        "deconvnet": Deconvolution(net).attribute(x, target=target),
    }
    with replaced(nn.ReLU, lambda _, value: Rectified.apply(value)):
        found["rectGrad"] = plain_gradient(net, x, target)
    with replaced(nn.MaxPool2d, lambda pool, value: RelaxedMaxPool.apply(value, pool)):
        found["relaxedMaxPool"] = plain_gradient(net, x, target)
    return found


def encoded(value: torch.Tensor) -> str:
    """Height, width, channels; little-endian float32 in base64."""
    array = value.detach()[0].permute(1, 2, 0).contiguous().numpy().astype("<f4")
    return base64.b64encode(array.tobytes()).decode()


def main() -> None:
    facts = {"steps": STEPS, "samples": SAMPLES, "noise": NOISE, "seed": SEED, "q": QUANTILE}
    networks = {}
    for name in NAMES:
        net, x = load(name).double(), input_of(name).double()
        with torch.no_grad():
            logits, zero = net(x)[0], net(torch.zeros_like(x))[0]
        target = int(logits.argmax())
        maps = attributions(net, x, target)
        if name == "residual":
            del maps["integratedGradientsGauss"]  # a golden file stays below 300 kB
        networks[name] = {
            "target": target,
            "difference": float(logits[target] - zero[target]),
            "maps": {method: encoded(value) for method, value in maps.items()},
        }
    libraries = {"captum": captum.__version__, "torch": torch.__version__.split("+")[0]}
    write_json(GOLDEN / "explain" / "gradient.json", {"libraries": libraries, "options": facts, "networks": networks})


if __name__ == "__main__":
    main()

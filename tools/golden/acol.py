"""ACoL's two heads on a small network, forward and back, in float64 by PyTorch.

Writes test/golden/training/acol.json. Weights and pictures follow a rule that the test knows too.
python tools/golden/acol.py
"""

import sys

import numpy as np
import torch
from record import GOLDEN, write_json
from torch.nn import functional as F

DELTA = 0.6
PICTURES, SIDE, CHANNELS, FILTERS, CLASSES = 3, 7, 4, 5, 3
LABELS = [2, 0, 1]
# As the model has them: kernels [height, width, in, out], each followed by its bias.
SHAPES = {
    "conv": (3, 3, 3, CHANNELS),
    "acol_a_conv_1": (3, 3, CHANNELS, FILTERS),
    "acol_b_conv_1": (3, 3, CHANNELS, FILTERS),
    "acol_a_maps": (1, 1, FILTERS, CLASSES),
    "acol_b_maps": (1, 1, FILTERS, CLASSES),
}


def fractions(shape: tuple[int, ...], step: int, offset: int) -> torch.Tensor:
    """Element i is ((i * step + offset) mod 61 - 30) / 64."""
    i = np.arange(np.prod(shape))
    return torch.tensor((((i * step + offset) % 61 - 30) / 64).reshape(shape), dtype=torch.float64)


def weights() -> dict[str, torch.Tensor]:
    found = {}
    for layer, shape in SHAPES.items():
        for name, extents in (("kernel", shape), ("bias", shape[-1:])):
            found[f"{layer}/{name}"] = fractions(extents, 37, 11 + 5 * len(found)).requires_grad_()
    return found


def conv(x: torch.Tensor, w: dict[str, torch.Tensor], layer: str) -> torch.Tensor:
    return F.conv2d(x, w[f"{layer}/kernel"].permute(3, 2, 0, 1), w[f"{layer}/bias"], padding="same")


def head(features: torch.Tensor, w: dict[str, torch.Tensor], branch: str) -> torch.Tensor:
    """[n, classes, h, w]: the maps that come straight out of the forward pass."""
    return conv(F.relu(conv(features, w, f"{branch}_conv_1")), w, f"{branch}_maps")


def normalized(maps: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """[n, 1, h, w]: each picture's map of its class, 0 to 1."""
    own = maps[torch.arange(len(labels)), labels][:, None]
    low, high = own.amin((2, 3), keepdim=True), own.amax((2, 3), keepdim=True)
    return (own - low) / (high - low)


def last(x: torch.Tensor) -> list[float]:
    """Channels last, as single precision prints them."""
    return [float(np.float32(value)) for value in x.detach().permute(0, 2, 3, 1).flatten()]


def flat(x: torch.Tensor) -> list[float]:
    return [float(np.float32(value)) for value in x.detach().flatten()]


def main() -> None:
    w = weights()
    x = fractions((PICTURES, SIDE, SIDE, 3), 23, 7).permute(0, 3, 1, 2)
    labels = torch.tensor(LABELS)
    pooled = F.avg_pool2d(F.relu(conv(x, w, "conv")), 3, stride=1, padding=1, count_include_pad=False)
    maps_a = head(pooled, w, "acol_a")
    map_a = normalized(maps_a.detach(), labels)
    nearest = (map_a - DELTA).abs().min().item()
    if nearest < 1e-4:
        sys.exit(f"a place of the map is only {nearest} from delta: single precision may decide otherwise")
    erased = pooled * (map_a < DELTA)
    maps_b = head(erased, w, "acol_b")
    losses = [F.cross_entropy(maps.mean((2, 3)), labels, reduction="none") for maps in (maps_a, maps_b)]
    sum(losses).mean().backward()
    map_b = normalized(maps_b.detach(), labels)
    golden = {
        "pictures": PICTURES,
        "side": SIDE,
        "channels": CHANNELS,
        "filters": FILTERS,
        "classes": CLASSES,
        "labels": LABELS,
        "features": last(pooled),
        "erasedFeatures": last(erased),
        "mapsA": last(maps_a),
        "mapsB": last(maps_b),
        "a": last(map_a),
        "b": last(map_b),
        "map": last(torch.maximum(map_a, map_b)),
        "lossA": flat(losses[0]),
        "lossB": flat(losses[1]),
        "gradients": {name: flat(tensor.grad) for name, tensor in w.items()},
    }
    print(f"{(map_a >= DELTA).double().mean():.2f} of the places are erased; the nearest is {nearest:.1e} from delta")
    write_json(GOLDEN / "training" / "acol.json", golden)


main()

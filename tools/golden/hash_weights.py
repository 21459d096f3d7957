"""Hash weights: every weight of a big golden network from one integer hash, so that no large file is committed.

test/support/hash-weights.ts computes the same float32 numbers bit for bit; test/golden/README.md states the rule.
"""

import numpy as np

STEM_LAYERS = ("block1_conv1", "conv1_conv")
STEM_DAMPING = 1.0 / 64.0  # the picture is 0..255; everything after the stem should be near 1
# (center, spread); "input" and "seed" stand for a model's input and an output's cotangent
OTHER_RANGES = {
    "bias": (0.0, 0.05),
    "beta": (0.0, 0.1),
    "alpha": (0.25, 0.2),
    "mean": (0.0, 0.5),
    "variance": (1.0, 0.3),
    "count": (0.0, 0.0),
    "moving_mean": (0.0, 0.1),
    "moving_variance": (1.0, 0.3),
    "input": (0.0, 4.0),
    "seed": (0.0, 1.0),
}


def seed_of(layer: str, weight: str) -> int:
    """FNV-1a, 32 bits, of the UTF-8 bytes of "layer/weight"."""
    h = 2166136261
    for byte in f"{layer}/{weight}".encode():
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    return h


def spread_of(layer: str, weight: str, shape: tuple[int, ...]) -> tuple[float, float]:
    """(center, spread) of a weight; the float32 rounding of both is the rule."""
    if weight in ("kernel", "pointwise_kernel"):
        limit = np.sqrt(6.0 / np.prod(shape[:-1], dtype=np.float64))
        return 0.0, limit * (STEM_DAMPING if layer in STEM_LAYERS else 1.0)
    if weight == "depthwise_kernel":
        return 0.0, np.sqrt(6.0 / (shape[0] * shape[1]))
    if weight == "gamma":
        return (0.3, 0.06) if layer.endswith("_3_bn") else (1.0, 0.2)
    return OTHER_RANGES[weight]


def hash_weight(layer: str, weight: str, shape: tuple[int, ...]) -> np.ndarray:
    """The float32 array of one weight."""
    center, spread = (np.float32(v) for v in spread_of(layer, weight, tuple(shape)))
    size = int(np.prod(shape))
    out = np.empty(size, np.float32)
    offset = (seed_of(layer, weight) * 0x9E3779B1) & 0xFFFFFFFF
    block = 1 << 22  # keeps the temporaries in the cache for VGG16's 103 million fc1 weights
    for start in range(0, size, block):
        h = np.arange(start, min(start + block, size), dtype=np.uint32) + np.uint32(offset)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
        u = (h >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
        out[start : start + len(u)] = center + u * spread
    return out.reshape(shape)


def fill(model) -> None:
    """Sets every weight of a Keras model; a weight's name is the part after the last "/" without ":0"."""
    for layer in model.layers:
        if layer.weights:
            names = [v.name.rsplit("/", 1)[-1].split(":")[0] for v in layer.weights]
            layer.set_weights([hash_weight(layer.name, n, tuple(v.shape)) for n, v in zip(names, layer.weights)])


CHECKED = [
    ("block1_conv1", "kernel", (3, 3, 3, 64)),
    ("block1_conv1", "bias", (64,)),
    ("conv1_conv", "kernel", (7, 7, 3, 64)),
    ("conv2_block1_3_bn", "gamma", (256,)),
    ("conv1_bn", "gamma", (64,)),
    ("conv1_bn", "beta", (64,)),
    ("conv1_bn", "moving_mean", (64,)),
    ("conv1_bn", "moving_variance", (64,)),
    ("block2a_dwconv", "depthwise_kernel", (3, 3, 96, 1)),
    ("predictions", "kernel", (2048, 1000)),
    ("fc2", "kernel", (4096, 4096)),
]


def checks() -> list[dict]:
    """Bit patterns for the test that compares this file with test/support/hash-weights.ts."""
    out = []
    for layer, weight, shape in CHECKED:
        bits = hash_weight(layer, weight, shape).reshape(-1).view(np.uint32)
        indices = sorted({0, 1, 2, 63, *(bits.size * k // 7 for k in range(7)), bits.size - 1} & set(range(bits.size)))
        out.append(
            {
                "layer": layer,
                "weight": weight,
                "shape": list(shape),
                "seed": seed_of(layer, weight),
                "indices": indices,
                "bits": [int(bits[i]) for i in indices],
                "sumBits": int(bits.astype(np.uint64).sum() & 0xFFFFFFFF),
            }
        )
    return out

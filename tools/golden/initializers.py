"""What Keras 3's initialisers draw: mean, standard deviation and extremes of many values.

Writes test/golden/training/initializers.json. python tools/golden/initializers.py
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from record import GOLDEN, write_json  # noqa: E402

SHAPES = {"conv": (3, 3, 48, 80), "dense": (150, 300), "depthwise": (5, 5, 1024, 1), "vector": (20000,)}
DRAWS = 40  # of every shape, so that the statistics are those of the distribution
ASKED = [
    ("GlorotUniform", {}),
    ("GlorotNormal", {}),
    ("HeUniform", {}),
    ("HeNormal", {}),
    ("LecunUniform", {}),
    ("LecunNormal", {}),
    ("RandomUniform", {"minval": -0.3, "maxval": 0.1}),
    ("RandomUniform", {}),
    ("RandomNormal", {"mean": 0.5, "stddev": 0.2}),
    ("TruncatedNormal", {"mean": -0.5, "stddev": 0.2}),
    ("VarianceScaling", {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"}),
    ("VarianceScaling", {"scale": 1 / 3, "mode": "fan_in", "distribution": "uniform"}),
    ("VarianceScaling", {"scale": 1.5, "mode": "fan_avg", "distribution": "untruncated_normal"}),
]


def entry(name: str, options: dict, kind: str) -> dict:
    shape = SHAPES[kind]
    draws = [getattr(keras.initializers, name)(**options, seed=seed)(shape) for seed in range(DRAWS)]
    values = np.stack([np.asarray(draw, np.float64) for draw in draws])
    found = {"mean": values.mean(), "deviation": values.std(), "least": values.min(), "most": values.max()}
    rounded = {key: float(f"{value:.6g}") for key, value in found.items()}
    return {"class_name": name, "config": options, "of": kind, "shape": list(shape), **rounded}


def main() -> None:
    kinds = {"RandomUniform": ["dense"], "RandomNormal": ["dense"], "TruncatedNormal": ["dense"]}
    entries = [entry(name, options, kind) for name, options in ASKED for kind in kinds.get(name, SHAPES)]
    write_json(GOLDEN / "training" / "initializers.json", {"library": f"Keras {keras.__version__}", "of": entries})
    print(len(entries), (GOLDEN / "training" / "initializers.json").stat().st_size, "bytes")


main()

"""Writes test/golden/training/augment.json: small pictures moved by Keras' apply_affine_transform.

Keras confuses height and width of pictures that are not square; those go to SciPy with the centre where it is.
"""

import numpy as np
import scipy.ndimage
from record import GOLDEN, write_json

# Keras asks for a module that newer versions of SciPy no longer have
scipy.ndimage.interpolation = scipy.ndimage

from keras.src.legacy.preprocessing.image import apply_affine_transform  # noqa: E402

CASES = [
    {"rotation": 20},
    {"rotation": -130},
    {"shiftX": 1.3, "shiftY": -2.6},
    {"shiftX": 2},
    {"shear": 15},
    {"zoomX": 0.8, "zoomY": 1.3},
    {"rotation": -12, "shiftX": -0.7, "shiftY": 1.9, "shear": -9, "zoomX": 1.15, "zoomY": 0.9},
    {"zoomX": 4, "zoomY": 4},
]
FILLS = {"nearest": "nearest", "reflect": "reflect", "constant": {"value": 0.25}}
KERAS = {"rotation": "theta", "shiftX": "tx", "shiftY": "ty", "shear": "shear", "zoomX": "zx", "zoomY": "zy"}


def by_scipy(x: np.ndarray, options: dict, mode: str) -> np.ndarray:
    theta, shear = (np.deg2rad(options.get(name, 0)) for name in ("rotation", "shear"))
    turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    lean = np.array([[1, -np.sin(shear)], [0, np.cos(shear)]])
    matrix = turn @ lean @ np.diag([options.get("zoomX", 1), options.get("zoomY", 1)])
    centre = np.array([x.shape[1] - 1, x.shape[0] - 1]) / 2
    offset = turn @ [options.get("shiftX", 0), options.get("shiftY", 0)] + centre - matrix @ centre
    swapped = matrix[::-1, ::-1], offset[::-1]
    channels = [
        scipy.ndimage.affine_transform(x[..., c], *swapped, order=1, mode=mode, cval=0.25) for c in range(x.shape[2])
    ]
    return np.stack(channels, axis=-1)


def by_keras(x: np.ndarray, options: dict, mode: str) -> np.ndarray:
    renamed = {KERAS[name]: value for name, value in options.items()}
    return apply_affine_transform(
        x, **renamed, row_axis=0, col_axis=1, channel_axis=2, fill_mode=mode, cval=0.25, order=1
    )


def main() -> None:
    rng = np.random.default_rng(7)
    groups = []
    for shape, move in (((6, 6, 2), by_keras), ((5, 8, 1), by_scipy)):
        x = rng.integers(0, 256, shape).astype(np.float32) / 256
        cases = [
            {"options": options | {"fill": fill}, "y": move(x, options, mode).reshape(-1).tolist()}
            for options in CASES
            for mode, fill in FILLS.items()
        ]
        groups.append({"shape": list(shape), "x": x.reshape(-1).tolist(), "cases": cases})
    square = groups[0]
    for case in square["cases"]:
        x = np.array(square["x"], np.float32).reshape(square["shape"])
        fill = case["options"]["fill"]
        mode = fill if isinstance(fill, str) else "constant"
        own = by_scipy(x, {k: v for k, v in case["options"].items() if k != "fill"}, mode)
        assert np.abs(own.reshape(-1) - case["y"]).max() < 1e-6, case["options"]
    write_json(GOLDEN / "training" / "augment.json", groups)


main()

"""Writes test/golden/explain/perturb-keras.json: Occlusion and Rise of xplique on Keras fixtures.

Its Occlusion sums over the windows that cover a pixel, so here they tile. Its Rise divides by the masks' own sum where the
paper divides by N p; its random masks are replaced by those that the golden holds.
"""

import base64
import json
import os
from unittest.mock import patch

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402
from record import GOLDEN, ROOT, write_json  # noqa: E402
from xplique.attributions import Occlusion, Rise  # noqa: E402

TILES = ("lenet-mnist", 3, 7)  # fixture, class, side of the windows, which divides the picture
RISE = [("lenet-mnist", 7, 24), ("residual", 2, 16)]  # fixture, class, masks


def text_of(array: np.ndarray, dtype: str = "<f4") -> str:
    return base64.b64encode(np.ascontiguousarray(array).astype(dtype).tobytes()).decode("ascii")


def network(name: str) -> tuple[tf_keras.Model, np.ndarray]:
    """The fixture, whose output is after the softmax, and its golden's input, [1, h, w, c]."""
    model = tf_keras.models.load_model(ROOT / "test" / "fixtures" / "models" / f"{name}.h5", compile=False)
    folder = GOLDEN / "fixtures" / name
    ref = json.loads((folder / "golden.json").read_text("utf-8"))["input"]["ref"]
    data = (folder / "arrays.bin").read_bytes()
    x = np.frombuffer(data, "<f4", int(np.prod(ref["shape"])), ref["offset"])
    return model, x.reshape(1, *ref["shape"])


def score(model: tf_keras.Model, inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """What xplique asks for: the probability of the target's class."""
    return tf.reduce_sum(model(inputs) * targets, axis=-1)


def one_hot(model: tf_keras.Model, index: int) -> np.ndarray:
    return np.eye(model.output_shape[-1], dtype=np.float32)[None, index]


def tiles() -> dict:
    name, index, side = TILES
    model, x = network(name)
    method = Occlusion(model, operator=score, patch_size=side, patch_stride=side, occlusion_value=0.5)
    found = np.asarray(method(x, one_hot(model, index)))
    return {"fixture": name, "index": index, "side": side, "fill": 0.5, "map": text_of(found)}


def random_masks(rng: np.random.Generator, count: int, height: int, width: int) -> np.ndarray:
    """Coarse, so that scores differ, with noise on top; whole 255ths, so that a byte holds a value."""
    coarse = rng.integers(0, 2, (count, 5, 5)).repeat(-(-height // 5), 1).repeat(-(-width // 5), 2) * 200
    return coarse[:, :height, :width] + rng.integers(0, 56, (count, height, width))


def rise(name: str, index: int, count: int) -> dict:
    model, x = network(name)
    masks = random_masks(np.random.default_rng(7), count, *x.shape[1:3])
    scaled = (masks / 255).astype(np.float32)[..., None]
    method = Rise(model, operator=score, batch_size=count, nb_samples=count)
    with (
        patch.object(Rise, "_get_masks", staticmethod(lambda *_: np.zeros((count, 1, 1, 1), bool))),
        patch.object(Rise, "_apply_masks", staticmethod(lambda single, *_: (scaled * single[None], scaled))),
    ):
        found = np.asarray(method(x, one_hot(model, index)))
    facts = {"fixture": name, "index": index, "count": count, "epsilon": Rise.EPSILON}
    return {**facts, "masks": text_of(masks, "u1"), "map": text_of(found)}


def main() -> None:
    golden = {"tiles": tiles(), "rise": [rise(*case) for case in RISE]}
    write_json(GOLDEN / "explain" / "perturb-keras.json", golden)


if __name__ == "__main__":
    main()

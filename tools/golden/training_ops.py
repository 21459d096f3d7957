"""One step of each loss, and of batch norm in training, in float64 by Keras 3 and by PyTorch, which must agree.

Writes test/golden/training/ops.json: inputs, values and gradients, as base64 of float32.
python tools/golden/training_ops.py
"""

import base64
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import torch  # noqa: E402
from record import GOLDEN, write_json  # noqa: E402
from torch.nn import functional as F  # noqa: E402

keras.config.set_floatx("float64")
ROWS, CLASSES = 6, 10
AGREEMENT = 1e-9
CLASS_WEIGHTS = [1.0, 0.5, 2.0, 0.25, 3.0, 1.5, 0.0, 1.0, 0.75, 1.25]


def base(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def random(seed: int, *shape: int, scale: float = 1.0) -> np.ndarray:
    """Numbers that float32 holds exactly."""
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype(np.float32).astype(np.float64)


def agreed(name: str, ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Keras' array, if PyTorch has the same."""
    difference = np.abs(ours - theirs).max() / max(np.abs(ours).max(), 1e-300)
    if not difference < AGREEMENT:
        sys.exit(f"{name}: Keras and PyTorch differ by {difference}")
    return ours


# Each: the loss of Keras, then PyTorch's loss of every row.
def losses(smoothing: float) -> dict:
    rows = {"reduction": "none", "from_logits": True, "label_smoothing": smoothing}

    def smooth(targets: torch.Tensor) -> torch.Tensor:
        return targets * (1 - smoothing) + smoothing / 2

    def sigmoid(y: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return F.binary_cross_entropy_with_logits(y, smooth(t), reduction="none")

    found = {
        "softmaxCrossEntropy": (
            keras.losses.CategoricalCrossentropy(**rows),
            lambda y, t: F.cross_entropy(y, t, reduction="none", label_smoothing=smoothing),
        ),
        "sigmoidCrossEntropy": (keras.losses.BinaryCrossentropy(**rows), lambda y, t: sigmoid(y, t).mean(1)),
    }
    if smoothing == 0:
        found["meanSquaredError"] = (
            keras.losses.MeanSquaredError(reduction="none"),
            lambda y, t: F.mse_loss(y, t, reduction="none").mean(1),
        )
        found["hinge"] = (
            keras.losses.Hinge(reduction="none"),
            lambda y, t: torch.clamp(1 - (2 * t - 1) * y, min=0).mean(1),
        )
    return found


def by_keras(loss, y: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Losses of the rows, the weighted mean as fit() computes it, and that one's gradient."""
    total = type(loss).from_config({**loss.get_config(), "reduction": "sum_over_batch_size"})
    x = tf.Variable(y)
    with tf.GradientTape() as tape:
        value = total(targets, x, sample_weight=weights)
    return loss(targets, y).numpy(), float(value), tape.gradient(value, x).numpy()


def by_torch(loss, y: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    x = torch.tensor(y, requires_grad=True)
    rows = loss(x, torch.tensor(targets))
    value = (rows * torch.tensor(weights)).mean()
    value.backward()
    return rows.detach().numpy(), float(value.detach()), x.grad.numpy()


def loss_entry(name: str, pair: tuple, y: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> dict:
    ours, theirs = by_keras(pair[0], y, targets, weights), by_torch(pair[1], y, targets, weights)
    rows, value, gradient = (agreed(name, np.asarray(a), np.asarray(b)) for a, b in zip(ours, theirs, strict=True))
    return {"rows": base(rows), "weightedMean": round(float(value), 12), "gradient": base(gradient)}


def loss_entries() -> dict:
    labels = np.array([3, 0, 9, 3, 5, 1])
    weights = np.array([CLASS_WEIGHTS[label] for label in labels])
    # far out on both sides too, where a careless formula overflows or cancels
    logits = random(1, ROWS, CLASSES, scale=4.0)
    logits[1, 0], logits[2, 9], logits[3, 4] = 30.0, -25.0, 40.0
    several = (np.random.default_rng(2).random((ROWS, CLASSES)) < 0.3).astype(np.float64)
    one = np.eye(CLASSES)[labels]
    entries = {}
    for smoothing in (0.0, 0.1):
        for name, pair in losses(smoothing).items():
            targets = one if name == "softmaxCrossEntropy" else several
            entry = loss_entry(f"{name}, smoothing {smoothing}", pair, logits, targets, weights)
            entries[f"{name}/{smoothing:g}"] = entry
    sparse = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    agreed("sparse", sparse(labels, logits).numpy(), losses(0)["softmaxCrossEntropy"][0](one, logits).numpy())
    return {
        "logits": base(logits),
        "labels": labels.tolist(),
        "several": base(several),
        "classWeights": CLASS_WEIGHTS,
        "of": entries,
    }


def batch_norm_entry(shape: tuple[int, ...], seed: int) -> dict:
    """Output, gradients and new moving statistics; PyTorch's moving variance is the unbiased one, and left out."""
    c, momentum, epsilon = shape[-1], 0.9, 1e-3
    x, dy = random(seed, *shape, scale=2.0) + 1.5, random(seed + 1, *shape)
    x = x.astype(np.float32).astype(np.float64)
    gamma, beta, mean = random(seed + 2, c), random(seed + 3, c), random(seed + 4, c)
    variance = np.abs(random(seed + 5, c)) + 0.5
    variance = variance.astype(np.float32).astype(np.float64)
    layer = keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon, dtype="float64")
    layer.build(shape)
    layer.set_weights([gamma, beta, mean, variance])
    source = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = layer(source, training=True)
        total = tf.reduce_sum(y * dy)
    dx, dgamma, dbeta = tape.gradient(total, [source, layer.gamma.value, layer.beta.value])
    ours = {"y": y, "dx": dx, "dgamma": dgamma, "dbeta": dbeta}
    moved = {"newMean": layer.moving_mean, "newVariance": layer.moving_variance}

    leaf = [torch.tensor(array, requires_grad=True) for array in (x.reshape(-1, c), gamma, beta)]
    running, unbiased = torch.tensor(mean), torch.tensor(variance)
    rule = {"training": True, "momentum": 1 - momentum, "eps": epsilon}
    out = F.batch_norm(leaf[0], running, unbiased, leaf[1], leaf[2], **rule)
    (out * torch.tensor(dy.reshape(-1, c))).sum().backward()
    theirs = [out.detach()] + [tensor.grad for tensor in leaf]
    for (name, array), other in zip(ours.items(), theirs, strict=True):
        agreed(f"batch norm {name}", array.numpy(), other.numpy().reshape(array.shape))
    agreed("batch norm's moving mean", layer.moving_mean.numpy(), running.numpy())
    given = {"x": x, "dy": dy, "gamma": gamma, "beta": beta, "mean": mean, "variance": variance}
    arrays = given | {name: np.asarray(value) for name, value in (ours | moved).items()}
    return {
        "shape": list(shape),
        "momentum": momentum,
        "epsilon": epsilon,
        "arrays": {name: base(array) for name, array in arrays.items()},
    }


def main() -> None:
    folder = GOLDEN / "training"
    folder.mkdir(exist_ok=True)
    golden = {
        "library": f"Keras {keras.__version__} on TensorFlow {tf.__version__}, PyTorch {torch.__version__}, float64",
        "losses": loss_entries(),
        "batchNorm": {
            "of pictures": batch_norm_entry((3, 4, 5, 6), 10),
            "by fours": batch_norm_entry((2, 6, 3, 8), 20),
            "of rows": batch_norm_entry((17, 5), 30),
        },
    }
    write_json(folder / "ops.json", golden)
    print((folder / "ops.json").stat().st_size, "bytes")


main()

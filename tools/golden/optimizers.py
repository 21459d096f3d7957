"""Writes test/golden/training/optimizers.json: five steps of each optimiser by Keras 3 and by PyTorch, and schedules by Keras.

Both compute in float64, so that the values are the definition's and not one float32 kernel's. Where the two libraries define
an optimiser differently, PyTorch is set up to follow Keras: Adam's epsilon is divided by sqrt(1 - beta2^t) at step t,
RMSprop has none, and momentum stands with a constant learning rate.
"""

import base64
import json
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

from record import GOLDEN

STEPS = 5
SHAPES = [[3, 5], [7], [2, 3, 1, 2], [1], [5, 2]]

keras.config.set_floatx("float64")


def encode(array: np.ndarray) -> str:
    return base64.b64encode(np.asarray(array, "<f4").tobytes()).decode()


def flat(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.asarray(a).reshape(-1) for a in arrays])


def draw() -> tuple[list[np.ndarray], list[list[np.ndarray]]]:
    """Small parameters, so that their changes stand out; gradients that differ in size and change their sign."""
    rng = np.random.default_rng(20)
    single = lambda a: a.astype(np.float32).astype(np.float64)
    parameters = [single(rng.uniform(-0.1, 0.1, shape)) for shape in SHAPES]
    size = [10.0**power for power in (0, -2, 0, 1, -1)]
    gradients = [[single(s * rng.normal(size=shape)) for s, shape in zip(size, SHAPES)] for _ in range(STEPS)]
    return parameters, gradients


SCHEDULES = {
    "step": keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.5, staircase=True),
    "cosine": keras.optimizers.schedules.CosineDecay(0.1, decay_steps=4, alpha=0.1),
    "warm-up": keras.optimizers.schedules.CosineDecay(0.01, decay_steps=4, warmup_target=0.1, warmup_steps=3),
}

# (name here, options here, whether PyTorch can be made to do the same)
CASES = [
    ("sgd", {"learningRate": 0.1}, True),
    ("sgd", {}, True),
    ("sgd", {"learningRate": 0.1, "momentum": 0.9}, True),
    ("sgd", {"learningRate": 0.1, "momentum": 0.9, "nesterov": True, "clipNorm": 2.5}, True),
    ("sgd", {"learningRate": 0.1, "clipNorm": 1000}, True),
    ("sgd", {"schedule": "step", "momentum": 0.8, "weightDecay": 0.1}, False),
    ("adam", {}, True),
    ("adam", {"learningRate": 0.1, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.01, "clipNorm": 1.5}, True),
    ("adam", {"schedule": "cosine", "weightDecay": 0.2}, False),
    ("adamW", {"learningRate": 0.1}, True),
    ("adamW", {"schedule": "warm-up", "weightDecay": 0.3, "clipNorm": 4}, False),
    ("rmsProp", {}, False),
    ("rmsProp", {"learningRate": 0.1, "epsilon": 1e-30, "rho": 0.8}, True),
    ("rmsProp", {"learningRate": 0.1, "epsilon": 1e-30, "momentum": 0.7, "centered": True, "clipNorm": 3}, True),
    ("rmsProp", {"schedule": "cosine", "momentum": 0.7, "weightDecay": 0.1}, False),
    ("rmsProp", {"learningRate": 0.1, "centered": True}, False),
]

KERAS_CLASSES = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamW": keras.optimizers.AdamW,
    "rmsProp": keras.optimizers.RMSprop,
}
KERAS_OPTIONS = {"learningRate": "learning_rate", "weightDecay": "weight_decay", "clipNorm": "global_clipnorm"}
KERAS_OPTIONS |= {"beta1": "beta_1", "beta2": "beta_2"}


def by_keras(name: str, options: dict, parameters: list, gradients: list) -> tuple[list[np.ndarray], dict]:
    """Parameters after each step, and the slots after the last."""
    known = {KERAS_OPTIONS.get(key, key): value for key, value in options.items() if key != "schedule"}
    if "schedule" in options:
        known["learning_rate"] = SCHEDULES[options["schedule"]]
    optimizer = KERAS_CLASSES[name](**known)
    variables = [keras.Variable(p, dtype="float64") for p in parameters]
    after = []
    for step in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(g, "float64") for g in step], variables)
        after.append(flat([v.numpy() for v in variables]))
    slots = {}
    for key in ("momentum", "velocity", "average_gradient"):
        found = [v.numpy() for v in optimizer.variables if v.path.endswith(f"_{key}")]
        if found:
            assert [list(a.shape) for a in found] == SHAPES, (name, key)
            slots[key] = flat(found)
    return after, slots


def torch_optimizer(name: str, options: dict, tensors: list) -> torch.optim.Optimizer:
    defaults = {"sgd": 0.01}
    rate = options.get("learningRate", defaults.get(name, 0.001))
    momentum = options.get("momentum", 0.0)
    if name == "sgd":
        return torch.optim.SGD(tensors, rate, momentum=momentum, nesterov=options.get("nesterov", False))
    if name == "rmsProp":
        rho, centered = options.get("rho", 0.9), options.get("centered", False)
        return torch.optim.RMSprop(tensors, rate, alpha=rho, eps=0, momentum=momentum, centered=centered)
    betas = (options.get("beta1", 0.9), options.get("beta2", 0.999))
    if name == "adamW":
        return torch.optim.AdamW(tensors, rate, betas=betas, weight_decay=options.get("weightDecay", 0.004))
    return torch.optim.Adam(tensors, rate, betas=betas)


def by_torch(name: str, options: dict, parameters: list, gradients: list) -> list[np.ndarray]:
    tensors = [torch.tensor(p, requires_grad=True) for p in parameters]
    optimizer = torch_optimizer(name, options, tensors)
    after = []
    for t, step in enumerate(gradients, start=1):
        for tensor, g in zip(tensors, step):
            tensor.grad = torch.tensor(g)
        if "clipNorm" in options:
            torch.nn.utils.clip_grad_norm_(tensors, options["clipNorm"])
        if name in ("adam", "adamW"):
            group = optimizer.param_groups[0]
            group["eps"] = options.get("epsilon", 1e-7) / (1 - group["betas"][1] ** t) ** 0.5
        optimizer.step()
        after.append(flat([tensor.detach().numpy() for tensor in tensors]).copy())
    return after


def main() -> None:
    parameters, gradients = draw()
    start = flat(parameters)
    cases = []
    for name, options, in_torch in CASES:
        after, slots = by_keras(name, options, parameters, gradients)
        case = {"optimizer": name, "options": options, "keras": encode(np.stack(after))}
        case["slots"] = {key: encode(value) for key, value in slots.items()}
        if in_torch:
            other = by_torch(name, options, parameters, gradients)
            # clip_grad_norm_ adds 1e-6 to the norm
            error = max(np.abs(a - b).max() / np.abs(b - start).max() for a, b in zip(other, after))
            print(f"{name} {options}: PyTorch and Keras differ by {error:.1e}")
            assert error < 1e-6
            case["torch"] = encode(np.stack(other))
        cases.append(case)
    golden = {
        "shapes": SHAPES,
        "parameters": encode(start),
        "gradients": encode(np.stack([flat(step) for step in gradients])),
        "schedules": {key: [float(s(step)) for step in range(9)] for key, s in SCHEDULES.items()},
        "cases": cases,
    }
    path = GOLDEN / "training" / "optimizers.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(golden, indent=1) + "\n")


main()

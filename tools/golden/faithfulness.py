"""Goldens of the faithfulness metrics: test/golden/explain/faithfulness.json.

ROAD's imputed pictures and scores by pytorch-grad-cam, whose code is its authors', without noise; the score of a
picture times its map by pytorch-grad-cam; infidelity and max-sensitivity by captum; structural similarity by
scikit-image, rank correlation by scipy. Insertion and deletion have no package: they follow the authors' description
here, with scipy's filter and PyTorch's convolution.

python tools/golden/faithfulness.py
"""

import base64
from importlib.metadata import version

import numpy as np
import torch
from captum.attr import Saliency
from captum.metrics import infidelity, sensitivity_max
from hash_weights import hash_weight
from pytorch_grad_cam.metrics.cam_mult_image import CamMultImageConfidenceChange
from pytorch_grad_cam.metrics.perturbation_confidence import (
    PerturbationConfidenceMetric,
    RemoveLeastRelevantFirst,
    RemoveMostRelevantFirst,
)
from pytorch_grad_cam.metrics.road import NoisyLinearImputer
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget
from record import GOLDEN, write_json
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity
from torch_nets import input_of, load

PERCENTILES = (10, 30, 50, 70, 90)
PIXELS_EACH_STEP = 40
PERTURBATIONS = 6


def encoded(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).astype("<f4").tobytes()).decode()


def channels_last(x: torch.Tensor) -> np.ndarray:
    return x.numpy().transpose(1, 2, 0)


def map_of(name: str, height: int, width: int) -> np.ndarray:
    """A smooth map whose values all differ, multiples of 2^-11: one minus it has the same order, exactly."""
    rough = hash_weight(f"{name}/map", "seed", (height, width)).astype(np.float64)
    flat = gaussian_filter(rough, 3).reshape(-1)
    ranks = np.empty(flat.size)
    ranks[np.argsort(flat)] = np.arange(flat.size)
    return ((ranks + 1) / 2048).reshape(height, width).astype(np.float32)


def perturbations_of(name: str, x: torch.Tensor) -> torch.Tensor:
    """[k, c, h, w]; the tests draw the same from the hash as [h, w, c]."""
    _, c, h, w = x.shape
    drawn = [hash_weight(f"{name}/perturbation{i}", "seed", (h, w, c)) for i in range(PERTURBATIONS)]
    return torch.from_numpy(np.stack(drawn).transpose(0, 3, 1, 2).copy()) * np.float32(0.0625)


def road(net: torch.nn.Module, x: torch.Tensor, mask: np.ndarray, target: int) -> dict:
    targets = [ClassifierOutputSoftmaxTarget(target)]
    result: dict = {"percentiles": list(PERCENTILES), "morf": [], "lerf": [], "pictures": {}}
    for key, remove in (("morf", RemoveMostRelevantFirst), ("lerf", RemoveLeastRelevantFirst)):
        for percentile in PERCENTILES:
            metric = PerturbationConfidenceMetric(remove(percentile, NoisyLinearImputer(noise=0)))
            change, pictures = metric(x, mask[None], targets, net, return_visualization=True)
            result[key].append(float(change[0]))
            if percentile in (10, 70):
                result["pictures"][f"{key} {percentile}"] = encoded(channels_last(pictures[0]))
    result["combined"] = float(np.mean((np.array(result["lerf"]) - np.array(result["morf"])) / 2))
    return result


def blurred(x: torch.Tensor) -> torch.Tensor:
    delta = np.zeros((11, 11))
    delta[5, 5] = 1
    kernel = torch.from_numpy(gaussian_filter(delta, 5).astype(np.float32))
    channels = x.shape[1]
    return torch.nn.functional.conv2d(x, kernel.expand(channels, 1, 11, 11), padding=5, groups=channels)


def curve(net: torch.nn.Module, start: torch.Tensor, finish: torch.Tensor, mask: np.ndarray, target: int) -> dict:
    order = np.argsort(-mask.reshape(-1), kind="stable")
    picture, scores = start.clone().reshape(*start.shape[:2], -1), []
    for first in range(0, order.size + PIXELS_EACH_STEP, PIXELS_EACH_STEP):
        with torch.no_grad():
            scores.append(torch.softmax(net(picture.reshape(start.shape)), 1)[0, target].item())
        chosen = order[first : first + PIXELS_EACH_STEP].copy()
        picture[:, :, chosen] = finish.reshape(picture.shape)[:, :, chosen]
    shares = np.minimum(np.arange(len(scores)) * PIXELS_EACH_STEP, order.size) / order.size
    return {"scores": scores, "auc": float(np.trapezoid(scores, shares))}


def attributions(net: torch.nn.Module, name: str, x: torch.Tensor, target: int) -> dict:
    changes = perturbations_of(name, x)
    explained = Saliency(net).attribute(x, target=target, abs=False)

    def remove(inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return changes[: len(inputs)], inputs - changes[: len(inputs)]

    def add(inputs: torch.Tensor) -> torch.Tensor:
        return inputs + changes[: len(inputs)]

    def measured(normalize: bool) -> float:
        options = {"target": target, "n_perturb_samples": PERTURBATIONS, "normalize": normalize}
        return float(infidelity(net, remove, x, explained, **options)[0])

    def explain(inputs: torch.Tensor | tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        (pictures,) = inputs if isinstance(inputs, tuple) else (inputs,)
        return (Saliency(net).attribute(pictures, target=target, abs=False),)

    sensitivity = sensitivity_max(explain, (x,), perturb_func=add, n_perturb_samples=PERTURBATIONS)
    return {"infidelity": measured(False), "scaled": measured(True), "sensitivity": float(sensitivity[0])}


def network(name: str) -> dict:
    net, x = load(name), input_of(name)
    with torch.no_grad():
        logits = net(x)[0]
    target = int(logits.argmax())
    mask = map_of(name, *x.shape[2:])
    softmax = [ClassifierOutputSoftmaxTarget(target)]
    whole = mask / mask.max()
    return {
        "target": target,
        "before": float(torch.softmax(logits, 0)[target]),
        "map": {"height": mask.shape[0], "width": mask.shape[1], "data": encoded(mask)},
        "road": road(net, x, mask, target),
        "multiplied": float(CamMultImageConfidenceChange()(x, whole[None], softmax, net)[0]),
        "step": PIXELS_EACH_STEP,
        "insertion": curve(net, blurred(x), x, mask, target),
        "deletion": curve(net, x, torch.zeros_like(x), mask, target),
        **attributions(net, name, x, target),
    }


def similarity() -> list[dict]:
    """Maps of several sizes, with ties, of which the tests draw the same values from the hash."""
    results = []
    for height, width, step in ((7, 7, 8), (14, 11, 4), (31, 29, 1024)):
        a, b = (np.round(hash_weight(f"{side}{height}", "seed", (height, width)) * step) / step for side in "ab")
        mixed = (a + b / 2).astype(np.float32)
        span = float(max(a.max(), mixed.max()) - min(a.min(), mixed.min()))
        results.append(
            {
                "shape": [height, width],
                "step": step,
                "ssim": float(structural_similarity(a.astype(np.float64), mixed.astype(np.float64), data_range=span)),
                "rankCorrelation": float(spearmanr(a.reshape(-1), mixed.reshape(-1)).statistic),
            }
        )
    return results


def main() -> None:
    packages = ("grad-cam", "captum", "scikit-image", "scipy", "torch")
    golden = {
        "format": "backlight-faithfulness-1",
        "writer": {name: version(name) for name in packages},
        "networks": {name: network(name) for name in ("residual", "lenet-mnist")},
        "similarity": similarity(),
    }
    write_json(GOLDEN / "explain" / "faithfulness.json", golden)


if __name__ == "__main__":
    torch.manual_seed(0)
    main()

"""Times pytorch-grad-cam on this machine's processor, beside `bench/explain.ts` on a software adapter.

ResNet50 with untrained weights at 224 x 224 (timm's, whose stride stands on the 3x3 convolution where Keras' stands on the
1x1 before it: 5 % more work), two threads, the last block as the target layer. Every method makes its own forward pass, as
the library does. A time is the least of --runs; it prints milliseconds and forward passes for each method.

    python tools/golden/peer_pytorch_grad_cam.py [--runs 3] [--threads 2] [--size 224] [--slow]

--slow adds Score-CAM and Ablation-CAM, a forward pass for each of 2,048 channels: many minutes.
"""

import argparse
import time
import warnings
from collections.abc import Callable

import timm
import torch
from pytorch_grad_cam import (
    AblationCAM,
    EigenCAM,
    EigenGradCAM,
    FullGrad,
    GradCAM,
    GradCAMPlusPlus,
    GuidedBackpropReLUModel,
    HiResCAM,
    LayerCAM,
    ScoreCAM,
    XGradCAM,
)
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

TARGET = 285
CLASSES = (285, 281, 967, 207, 3)
ONE_PASS = (GradCAM, GradCAMPlusPlus, XGradCAM, HiResCAM, LayerCAM, EigenCAM, EigenGradCAM, FullGrad)
SLOW = (ScoreCAM, AblationCAM)


def least(runs: int, body: Callable[[], object]) -> float:
    """Milliseconds; the first call does not count."""
    body()
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        body()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--slow", action="store_true")
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    torch.set_num_threads(chosen.threads)
    model = timm.create_model("resnet50", pretrained=False).eval()
    x = torch.rand(1, 3, chosen.size, chosen.size)
    target = [ClassifierOutputTarget(TARGET)]

    def forward() -> None:
        with torch.no_grad():
            model(x)

    once = least(chosen.runs, forward)
    total = 0.0

    def line(name: str, ms: float) -> None:
        print(f"{name:34} {ms:9.1f} ms {ms / once:6.2f} forward passes", flush=True)

    print(f"pytorch-grad-cam on torch {torch.__version__}, {chosen.size} pixels, {chosen.threads} threads, least of {chosen.runs}")
    line("forward pass", once)
    for method in ONE_PASS + (SLOW if chosen.slow else ()):
        with method(model=model, target_layers=[model.layer4[-1]]) as cam:
            ms = least(chosen.runs, lambda cam=cam: cam(input_tensor=x, targets=target))
        line(method.__name__, ms)
        total += ms if method in ONE_PASS and method is not FullGrad else 0.0

    def saliency() -> torch.Tensor:
        leaf = x.clone().requires_grad_(True)
        model(leaf)[0, TARGET].backward()
        model.zero_grad()
        return leaf.grad

    ms = least(chosen.runs, saliency)
    line("saliency, by torch alone", ms)
    guided = GuidedBackpropReLUModel(model=model, device=torch.device("cpu"))
    guided_ms = least(chosen.runs, lambda: guided(x.clone(), target_category=TARGET))
    line("GuidedBackpropReLUModel", guided_ms)
    line("all of them but FullGrad, in a row", total + ms + guided_ms)
    with GradCAM(model=model, target_layers=[model.layer4[-1]]) as cam:
        five = [ClassifierOutputTarget(index) for index in CLASSES]
        batch = x.repeat(len(five), 1, 1, 1)
        line("GradCAM, 5 classes as a batch of 5", least(chosen.runs, lambda: cam(input_tensor=batch, targets=five)))


if __name__ == "__main__":
    main()

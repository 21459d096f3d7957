"""PyTorch copies of the committed Keras fixtures, with their weights, for libraries that explain PyTorch networks.

load(name)     -> torch.nn.Module in eval mode: [n, c, h, w] -> logits [n, classes]; its modules have the layers' names
input_of(name) -> the fixture's golden input, [1, c, h, w]

Every ReLU is a module of its own, none works in place. python tools/golden/torch_nets.py checks all against Keras'
goldens.
"""

import json

import h5py
import numpy as np
import torch
from record import GOLDEN, ROOT
from torch import nn

NAMES = ("residual", "lenet-mnist", "separable", "vgg-like")


class LeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv1_relu = nn.Conv2d(1, 8, 5, padding=2), nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2, self.conv2_relu = nn.Conv2d(8, 12, 3), nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.dense1, self.dense1_relu = nn.Linear(432, 24), nn.ReLU()
        self.digits = nn.Linear(24, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool1(self.conv1_relu(self.conv1(x)))
        x = self.pool2(self.conv2_relu(self.conv2(x)))
        return self.digits(self.dense1_relu(self.dense1(self.flatten(x))))


class VggLike(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block1_conv1, self.block1_conv1_relu = nn.Conv2d(3, 6, 3, padding=1), nn.ReLU()
        self.block1_conv2, self.block1_conv2_relu = nn.Conv2d(6, 6, 3, padding=1), nn.ReLU()
        self.block1_pool = nn.MaxPool2d(2)
        self.block2_conv1, self.block2_conv1_relu = nn.Conv2d(6, 10, 3, padding=1), nn.ReLU()
        self.block2_conv2, self.block2_conv2_relu = nn.Conv2d(10, 10, 3, padding=1), nn.ReLU()
        self.block2_pool = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.fc1, self.fc1_relu = nn.Linear(300, 32), nn.ReLU()
        self.fc2, self.fc2_relu = nn.Linear(32, 16), nn.ReLU()
        self.predictions = nn.Linear(16, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.block1_conv2_relu(self.block1_conv2(self.block1_conv1_relu(self.block1_conv1(x))))
        x = self.block1_pool(x)
        x = self.block2_conv2_relu(self.block2_conv2(self.block2_conv1_relu(self.block2_conv1(x))))
        x = self.flatten(self.block2_pool(x))
        return self.predictions(self.fc2_relu(self.fc2(self.fc1_relu(self.fc1(x)))))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem_pad = nn.ZeroPad2d((3, 1, 1, 2))
        self.stem_conv, self.stem_bn = nn.Conv2d(3, 12, 5, stride=2, bias=False), nn.BatchNorm2d(12, eps=1.001e-5)
        self.stem_relu = nn.ReLU()
        self.stem_pool = nn.MaxPool2d(3, 2, padding=(0, 1), ceil_mode=True)  # "same" of 16 x 15
        self.a_1_conv, self.a_1_bn = nn.Conv2d(12, 12, 1, stride=2), nn.BatchNorm2d(12, eps=1e-3)
        self.a_1_relu = nn.ReLU()
        self.a_0_conv, self.a_0_bn = nn.Conv2d(12, 20, 1, stride=2), nn.BatchNorm2d(20, eps=1e-3)
        self.a_2_conv, self.a_2_bn = nn.Conv2d(12, 20, 3, padding=1), nn.BatchNorm2d(20, eps=1e-3)
        self.a_out = nn.ReLU()
        self.b_1_conv, self.b_1_conv_relu = nn.Conv2d(20, 20, (3, 1), padding=(1, 0)), nn.ReLU()
        self.b_2_conv, self.b_2_bn = nn.Conv2d(20, 20, (1, 3), padding=(0, 1)), nn.BatchNorm2d(20, eps=1e-3)
        self.b_out = nn.ReLU()
        self.avg_pool, self.flatten = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        self.predictions = nn.Linear(20, 7)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem_pool(self.stem_relu(self.stem_bn(self.stem_conv(self.stem_pad(x)))))
        # in the order of the modules above: pytorch-grad-cam's FullGrad tells its layers' gradients apart by it
        branch = self.a_1_relu(self.a_1_bn(self.a_1_conv(x)))
        shortcut = self.a_0_bn(self.a_0_conv(x))
        x = self.a_out(shortcut + self.a_2_bn(self.a_2_conv(branch)))
        x = self.b_out(x + self.b_2_bn(self.b_2_conv(self.b_1_conv_relu(self.b_1_conv(x)))))
        return self.predictions(self.flatten(self.avg_pool(x)))


class Separable(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem_pad = nn.ZeroPad2d((1, 1, 0, 1))  # "same" of 26 x 31 with stride 2
        self.stem_conv, self.stem_bn = nn.Conv2d(4, 8, 3, stride=2, bias=False), nn.BatchNorm2d(8, eps=1e-3)
        self.stem_relu = nn.ReLU6()
        self.a_dwconv, self.a_relu = nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.ReLU6()
        self.a_conv = nn.Conv2d(8, 12, 1)
        self.b_dilated, self.b_dilated_relu = nn.Conv2d(8, 12, 3, padding=2, dilation=2), nn.ReLU()
        self.pool = nn.AvgPool2d(3, 2, padding=(1, 0), ceil_mode=True, count_include_pad=False)  # "same" of 13 x 16
        self.grouped, self.grouped_relu = nn.Conv2d(24, 16, 3, groups=2), nn.ReLU()
        self.c_dwconv = nn.Conv2d(16, 16, 2, groups=16, bias=False)
        self.c_conv, self.c_conv_relu = nn.Conv2d(16, 14, 1), nn.ReLU()
        self.pool_valid = nn.AvgPool2d((1, 2))
        self.max_pool = nn.AdaptiveMaxPool2d(1)
        self.conv_head, self.flatten = nn.Conv2d(14, 5, 1), nn.Flatten()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem_relu(self.stem_bn(self.stem_conv(self.stem_pad(x))))
        x = torch.cat([self.a_conv(self.a_relu(self.a_dwconv(x))), self.b_dilated_relu(self.b_dilated(x))], 1)
        x = self.grouped_relu(self.grouped(self.pool(x)))
        x = self.max_pool(self.pool_valid(self.c_conv_relu(self.c_conv(self.c_dwconv(x)))))
        return self.flatten(self.conv_head(x))


CLASSES = {"residual": Residual, "lenet-mnist": LeNet, "separable": Separable, "vgg-like": VggLike}
# What the first dense layer's rows are made of: Keras flattens height, width, channels; PyTorch channels first.
FLATTENED = {("lenet-mnist", "dense1"): (6, 6, 12), ("vgg-like", "fc1"): (6, 5, 10)}


def load(name: str) -> nn.Module:
    """The network in eval mode, its outputs being logits; parameters take gradients."""
    net = CLASSES[name]()
    with torch.no_grad():
        for layer, weights in _weights(name).items():
            _fill(net.get_submodule(layer), weights, FLATTENED.get((name, layer)))
    return net.eval()


def input_of(name: str) -> torch.Tensor:
    """The input of the fixture's golden, [1, c, h, w]."""
    return torch.from_numpy(_golden(name, "input").transpose(2, 0, 1).copy())[None]


def _golden(name: str, key: str) -> np.ndarray:
    folder = GOLDEN / "fixtures" / name
    ref = json.loads((folder / "golden.json").read_text("utf-8"))[key]
    ref = ref.get("ref", ref)
    data = (folder / "arrays.bin").read_bytes()
    count = int(np.prod(ref["shape"]))
    return np.frombuffer(data, "<f4", count, ref["offset"]).reshape(ref["shape"])


def _weights(name: str) -> dict[str, dict[str, np.ndarray]]:
    """{layer: {weight: array}} as Keras stores them."""
    stem = "vgg-like-weights" if name == "vgg-like" else name
    layers: dict[str, dict[str, np.ndarray]] = {}
    with h5py.File(ROOT / "test" / "fixtures" / "models" / f"{stem}.h5") as file:
        root = file["model_weights"] if "model_weights" in file else file

        def visit(path: str, item: h5py.HLObject) -> None:
            if isinstance(item, h5py.Dataset):
                layer, *_, weight = path.split("/")
                layers.setdefault(layer, {})[weight.split(":")[0]] = np.asarray(item)

        root.visititems(visit)
    return layers


def _fill(module: nn.Module, weights: dict[str, np.ndarray], flattened: tuple[int, int, int] | None) -> None:
    def put(parameter: torch.Tensor, value: np.ndarray) -> None:
        if tuple(parameter.shape) != value.shape:
            raise ValueError(f"{tuple(parameter.shape)} takes no {value.shape}")
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))

    if isinstance(module, nn.BatchNorm2d):
        put(module.running_mean, weights["moving_mean"])
        put(module.running_var, weights["moving_variance"])
        put(module.weight, weights.get("gamma", np.ones(module.num_features, np.float32)))
        put(module.bias, weights.get("beta", np.zeros(module.num_features, np.float32)))
        return
    if isinstance(module, nn.Linear):
        kernel = weights["kernel"]
        if flattened:
            kernel = kernel.reshape(*flattened, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
        put(module.weight, kernel.T)
    elif "depthwise_kernel" in weights:
        put(module.weight, weights["depthwise_kernel"].transpose(2, 3, 0, 1))
    else:
        put(module.weight, weights["kernel"].transpose(3, 2, 0, 1))
    if module.bias is not None:
        put(module.bias, weights["bias"])


def main() -> None:
    for name in NAMES:
        with torch.no_grad():
            logits = load(name)(input_of(name))[0].numpy()
        expected = _golden(name, "logits")
        error = float(np.abs(logits - expected).max() / np.abs(expected).max())
        print(f"{name}: logits differ from Keras' by {error:.1e} of the largest")
        if not error < 1e-5:
            raise SystemExit(f"{name}: the copy is not the Keras network")


if __name__ == "__main__":
    main()

"""Writes one golden folder: golden.json, arrays.bin, layers.bin. test/golden/README.md states the layout."""

import hashlib
import json
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden"
SAMPLES_PER_LAYER = 1024


class ArrayFile:
    """Arrays one after another at multiples of 4 bytes; equal ones are stored once."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.known: dict[bytes, int] = {}

    def _add(self, array: np.ndarray, dtype: str, scale: float, noise: float | None) -> dict:
        raw = np.ascontiguousarray(array).astype(np.dtype(dtype).newbyteorder("<")).tobytes()
        key = hashlib.sha256(dtype.encode() + raw).digest()
        if key not in self.known:
            self.known[key] = len(self.data)
            self.data += raw + bytes(-len(raw) % 4)
        ref = {"offset": self.known[key], "dtype": dtype, "shape": list(array.shape), "scale": scale}
        return ref if noise is None else ref | {"noise": noise}

    def exact(self, array: np.ndarray, noise: float | None = None) -> dict:
        """float32 or uint8 as it is."""
        return self._add(array, str(array.dtype), 1, noise)

    def half(self, array: np.ndarray, noise: float | None = None) -> dict:
        """float16 of the array over its largest absolute value."""
        scale = float(np.abs(array).max())
        return self._add((array.astype(np.float64) / (scale or 1)).astype(np.float16), "float16", scale, noise)


def rms_noise(single: np.ndarray, double: np.ndarray) -> float:
    """Root mean square of the difference, over that of the array; rounded up to two digits."""
    difference = np.sqrt(((single.astype(np.float64) - double) ** 2).mean())
    return 0.0 if difference == 0 else float(f"{difference / np.sqrt((double**2).mean()) * 1.005:.2e}")


def noise_between(single: np.ndarray, double: np.ndarray) -> float:
    """Largest difference, over the largest absolute value; rounded up to two digits."""
    scale = float(np.abs(double).max())
    difference = float(np.abs(single.astype(np.float64) - double).max())
    return 0.0 if difference == 0 else float(f"{difference / (scale or 1) * 1.005:.2e}")


def layer_entry(name: str, class_name: str, value: np.ndarray, double: np.ndarray, offset: int) -> tuple[dict, bytes]:
    """The golden.json entry of one layer's output and its samples."""
    flat = value.reshape(-1)
    count = min(SAMPLES_PER_LAYER, flat.size)
    index = np.arange(count, dtype=np.int64) * flat.size // count
    wide = flat.astype(np.float64)
    entry = {
        "name": name,
        "className": class_name,
        "shape": list(value.shape),
        "size": int(flat.size),
        "scale": float(np.abs(wide).max()),
        "mean": float(wide.mean()),
        "rms": float(np.sqrt((wide**2).mean())),
        "count": count,
        "offset": offset,
        "noise": noise_between(value, double),
    }
    return entry, flat[index].astype("<f4").tobytes()


def input_entry(x: np.ndarray, ref: dict | None) -> dict:
    wide = x.astype(np.float64)
    return {
        "sha256": hashlib.sha256(np.ascontiguousarray(x).astype("<f4").tobytes()).hexdigest(),
        "sum": float(wide.sum()),
        "absMax": float(np.abs(wide).max()),
        "shape": list(x.shape),
        "ref": ref,
    }


def write_json(path: Path, value: object) -> None:
    """One line for each entry of the long lists, so that a change can be read in a diff."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(value, 0) + "\n", "utf-8")


def _text(value: object, depth: int) -> str:
    flat = json.dumps(value)
    if depth >= 3 or len(flat) < 100 or not isinstance(value, (dict, list)):
        return flat
    indent = " " * (depth + 1)
    if isinstance(value, dict):
        items = [f"{json.dumps(k)}: {_text(v, depth + 1)}" for k, v in value.items()]
    elif any(isinstance(v, (dict, list)) for v in value):
        items = [_text(v, depth + 1) for v in value]
    else:
        return flat
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + "\n" + indent + (",\n" + indent).join(items) + "\n" + " " * depth + closing

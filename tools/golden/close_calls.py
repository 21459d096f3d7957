"""Decisions of ReLUs and max-pools so close that two right float32 programs may take them differently."""

import numpy as np

# of the layer's root mean square; rounding errors of single layers are ten times smaller
CLOSE = 1e-5


def close_calls(single, double) -> dict:
    """What the float32 run decided wherever float64 finds the choice closer than CLOSE; both are Networks that ran."""
    relu = [call for name in double.before_relu for call in _relu_calls(name, single, double)]
    pools = [layer for layer in double.layers if layer.__class__.__name__ == "MaxPooling2D"]
    pool = [call for layer in pools for call in _pool_calls(layer, single, double)]
    return {"relu": relu, "maxPool": pool}


def _relu_calls(name: str, single, double) -> list[dict]:
    wide, narrow = double.before_relu[name].reshape(-1), single.before_relu[name].reshape(-1)
    limit = CLOSE * np.sqrt((wide**2).mean())
    return [
        {"layer": name, "index": int(i), "open": bool(narrow[i] > 0)} for i in np.flatnonzero(np.abs(wide) < limit)
    ]


def _pool_calls(layer, single, double) -> list[dict]:
    """Flat indices into the pool's input: the element that won, and those that nearly did."""
    if layer.pool_size != (2, 2) or layer.strides != (2, 2):
        raise ValueError(f"{layer.name}: only 2x2 pools are looked into")
    source = layer.input.name.split("/")[0]
    wide, where = _windows(double.outputs[source])
    narrow, _ = _windows(single.outputs[source])
    most = wide.max(axis=1, keepdims=True)
    near = most - wide < CLOSE * np.sqrt((double.outputs[source] ** 2).mean())
    close = np.flatnonzero((near.sum(axis=1) > 1) & (most[:, 0] > 0))
    calls = []
    for i in close:
        winner = narrow[i].argmax()
        losers = [int(where[i, j]) for j in np.flatnonzero(near[i]) if j != winner]
        calls.append({"layer": layer.name, "winner": int(where[i, winner]), "losers": losers})
    return calls


def _windows(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[windows, 4] of the values, row-major within a window, and of their flat indices."""
    h, w, c = values.shape[0] // 2 * 2, values.shape[1] // 2 * 2, values.shape[2]
    index = np.arange(values.size).reshape(values.shape)[:h, :w]

    def cut(a: np.ndarray) -> np.ndarray:
        return a[:h, :w].reshape(h // 2, 2, w // 2, 2, c).transpose(0, 2, 4, 1, 3).reshape(-1, 4)

    return cut(values), cut(index)

"""Writes test/golden/explain/localisation.json: MaxBoxAcc and MaxBoxAccV2 of 200 random maps by OpenCV.

The definition is that of Choe et al. 2020 and of its journal version: bicubic resize to 224 x 224, min-max to uint8, tau in
steps of 0.001, strictly above int(tau * max), contours by findContours(RETR_TREE), boxes by boundingRect with their far
corner one pixel out, IoU with both corners counted. Contours themselves are written for small noisy pictures.
"""

import base64
import json

import cv2
import numpy as np

from record import GOLDEN

SIDE = 224
TAUS = np.arange(0, 1, 0.001)


def random_sample(rng: np.random.Generator, index: int) -> tuple[np.ndarray, tuple[int, int], list[list[int]]]:
    """A map of blobs, noise, plateaus or nothing, a picture's size, and boxes about the blobs."""
    height, width = rng.integers(4, 15, size=2)
    wide, high = (int(v) for v in rng.integers(120, 640, size=2))
    y, x = np.mgrid[0:height, 0:width]
    field = np.zeros((height, width))
    boxes = []
    for _ in range(rng.integers(1, 4)):
        cy, cx, spread = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(0.7, 3)
        field += rng.uniform(0.3, 2) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * spread**2))
        centre, radius = np.array([cx, cy]), spread * rng.uniform(0.7, 1.8, size=2)
        scale = np.array([wide / width, high / height])
        low, top = [(centre + 0.5 + sign * radius) * scale for sign in (-1, 1)]
        limits = (wide - 1, high - 1)
        boxes.append([int(np.clip(v, 0, limits[i % 2])) for i, v in enumerate([*low, *top])])
    if index % 3 == 0:
        field += rng.normal(0, 0.2, size=field.shape)
    if index % 7 == 0:
        field = np.round(field * 2) / 2
    if index % 50 == 49:
        field[:] = 0.25
    return field.astype(np.float32), (wide, high), boxes


def scaled(box: list[int], width: int, height: int) -> list[int]:
    x0, y0, x1, y1 = (float(v) for v in box)
    return [int(x0 * SIDE / width), int(y0 * SIDE / height), int(x1 * SIDE / width), int(y1 * SIDE / height)]


def iou(a: list[int], b: list[int]) -> float:
    w = max(0, min(a[2], b[2]) - max(a[0], b[0]) + 1)
    h = max(0, min(a[3], b[3]) - max(a[1], b[1]) + 1)
    area = lambda c: (c[2] - c[0] + 1) * (c[3] - c[1] + 1)
    return w * h / (area(a) + area(b) - w * h)


def levels_of(field: np.ndarray) -> np.ndarray:
    # a flat map stays flat: otherwise what is evaluated is the noise of the resize's rounding
    if field.min() == field.max():
        return np.zeros((SIDE, SIDE), np.uint8)
    resized = cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    resized -= resized.min()
    resized /= resized.max()
    return (resized * 255).astype(np.uint8)


def contour_boxes(levels: np.ndarray, threshold: int) -> tuple[list[int], list[list[int]]]:
    """The box of the largest contour, and the boxes of all."""
    binary = cv2.threshold(levels, threshold, 255, cv2.THRESH_BINARY)[1]
    contours = cv2.findContours(binary, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)[0]
    if len(contours) == 0:
        return [0, 0, 0, 0], [[0, 0, 0, 0]]
    boxes = []
    for contour in contours:
        x, y, w, h = cv2.boundingRect(contour)
        boxes.append([x, y, min(x + w, SIDE - 1), min(y + h, SIDE - 1)])
    return boxes[int(np.argmax([cv2.contourArea(contour) for contour in contours]))], boxes


def right_at(levels: np.ndarray, truth: list[list[int]]) -> dict[str, np.ndarray]:
    by_level: dict[int, tuple[float, float]] = {}
    largest, best = [], []
    for tau in TAUS:
        threshold = int(tau * np.max(levels))
        if threshold not in by_level:
            one, all_boxes = contour_boxes(levels, threshold)
            of = lambda boxes: max(iou(a, b) for a in boxes for b in truth)
            by_level[threshold] = (of([one]), of(all_boxes))
        largest.append(by_level[threshold][0])
        best.append(by_level[threshold][1])
    rights = {"largest-0.5": np.array(largest) >= 0.5}
    return rights | {f"all-{t}": np.array(best) >= t for t in (0.3, 0.5, 0.7)}


def ranges(right: np.ndarray) -> list[list[int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], right.astype(int), [0]])))
    return [[int(a), int(b) - 1] for a, b in zip(edges[::2], edges[1::2])]


def samples() -> dict:
    rng = np.random.default_rng(20)
    rows, counts = [], {}
    for index in range(200):
        field, (width, height), boxes = random_sample(rng, index)
        rights = right_at(levels_of(field), [scaled(box, width, height) for box in boxes])
        for name, right in rights.items():
            counts[name] = counts.get(name, np.zeros(len(TAUS), int)) + right
        rows.append(
            {
                "map": base64.b64encode(field.astype("<f4").tobytes()).decode(),
                "shape": list(field.shape),
                "size": [width, height],
                "boxes": boxes,
                "right": {name: ranges(right) for name, right in rights.items()},
            }
        )
    best = {name: float(count.max() / len(rows)) for name, count in counts.items()}
    v2 = float(np.mean([best[f"all-{t}"] for t in (0.3, 0.5, 0.7)]))
    return {"samples": rows, "maxBoxAcc": best["largest-0.5"], "maxBoxAccV2": v2}


def pictures() -> list[dict]:
    """Noise of several densities: holes, regions in holes, diagonals, single pixels, the picture's edge."""
    rng = np.random.default_rng(21)
    rows = []
    for index in range(60):
        height, width = (int(v) for v in rng.integers(1, 16, size=2))
        picture = (rng.uniform(size=(height, width)) < 0.2 + 0.01 * index).astype(np.uint8)
        contours, tree = cv2.findContours(picture, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        facts = []
        for contour, (_, _, _, parent) in zip(contours, tree[0] if tree is not None else []):
            x, y, w, h = cv2.boundingRect(contour)
            facts.append([x, y, x + w - 1, y + h - 1, cv2.contourArea(contour), int(parent >= 0)])
        rows.append({"width": width, "pixels": "".join(map(str, picture.reshape(-1))), "contours": sorted(facts)})
    return rows


if __name__ == "__main__":
    path = GOLDEN / "explain" / "localisation.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    golden = {"opencv": cv2.__version__, **samples(), "pictures": pictures()}
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('{"map"', '\n{"map"') + "\n", "utf-8")

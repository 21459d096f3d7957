"""Writes test/golden/training/metrics.json: metrics of random scores by scikit-learn.

Scores are multiples of 1/8, so that many are equal; one class of the multi-label set has no positives.
"""

import numpy as np
from record import GOLDEN, write_json
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)

ROWS, CLASSES = 90, 5


def single_label(rng: np.random.Generator) -> dict:
    labels = rng.integers(0, CLASSES - 1, ROWS)  # the last class is never there
    scores = rng.normal(size=(ROWS, CLASSES)).astype(np.float32)
    scores[np.arange(ROWS), labels] += np.float32(0.7)
    scores[:, 3] -= np.float32(9)  # and the one before it never taken
    names = list(range(CLASSES))
    taken = scores.argmax(1)
    precision, recall, f1, count = precision_recall_fscore_support(labels, taken, labels=names, zero_division=np.nan)
    none = lambda values: [None if np.isnan(v) else float(v) for v in values]  # noqa: E731
    return {
        "scores": scores.reshape(-1).tolist(),
        "labels": labels.tolist(),
        "topK": [float(top_k_accuracy_score(labels, scores, k=k, labels=names)) for k in (1, 2, 3)],
        "confusion": confusion_matrix(labels, taken, labels=names).tolist(),
        "precision": none(precision),
        "recall": none(recall),
        "f1": none(f1),
        "count": count.tolist(),
    }


def multi_label(rng: np.random.Generator) -> dict:
    targets = (rng.random((ROWS, CLASSES)) < 0.3).astype(int)
    targets[:, 2] = 0
    scores = np.round(8 * (rng.normal(size=targets.shape) + targets)) / 8
    known = [c for c in range(CLASSES) if targets[:, c].any()]
    ap = {c: float(average_precision_score(targets[:, c], scores[:, c])) for c in known}
    return {
        "scores": scores.reshape(-1).tolist(),
        "targets": targets.reshape(-1).tolist(),
        "ap": [ap.get(c) for c in range(CLASSES)],
        "map": float(average_precision_score(targets[:, known], scores[:, known], average="macro")),
    }


def main() -> None:
    rng = np.random.default_rng(5)
    golden = {"classes": CLASSES, "single": single_label(rng), "multi": multi_label(rng)}
    write_json(GOLDEN / "training" / "metrics.json", golden)


main()

"""Scores of a linear reader to probabilities: one factor, chosen on examples that it was not trained on."""

from __future__ import annotations

import numpy as np

__all__ = ["sharpest", "softmax"]

_FACTORS = np.arange(1.0, 9.0, 0.25)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Rows of scores, shape (n, classes), to rows of probabilities."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def sharpest(scores: np.ndarray, wanted: np.ndarray) -> float:
    """The factor by which ``softmax(scores * factor)`` gives ``wanted`` (column numbers) the least log loss."""

    def loss(factor: float) -> float:
        return float(-np.log(softmax(scores * factor)[np.arange(len(wanted)), wanted] + 1e-9).mean())

    return float(min(_FACTORS, key=loss))

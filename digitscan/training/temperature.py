"""Temperature: making a crop's probabilities the shares of such crops that are right.

Guo, Pleiss, Sun, Weinberger (2017), "On calibration of modern neural networks": a network trained for long
is too sure of itself; dividing its logits by one number, fitted by maximum likelihood on examples that it
never saw, mends that and leaves its decisions as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEAST = 1e-12
_RANGE = (0.2, 5.0)
"""Temperatures to look among."""


def fit_temperature(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Fit the temperature of a network.

    Args:
        probabilities: ``(N, classes)`` what the network gave; rows sum to 1.
        labels: ``(N,)`` the classes.

    Returns:
        What to divide the logits by: 1 where nothing is to be mended, more where the network is too sure.

    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(0, 2, (5000, 10))
    >>> shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    >>> labels = np.array([rng.choice(10, p=row) for row in shares])
    >>> sure = np.exp(2 * logits) / np.exp(2 * logits).sum(axis=1, keepdims=True)
    >>> round(fit_temperature(shares, labels), 1), round(fit_temperature(sure, labels), 1)
    (1.0, 2.0)
    """
    logs = np.log(np.maximum(probabilities.astype(np.float64), _LEAST))
    rows = np.arange(len(labels))

    def slope(inverse: float) -> float:
        """How fast the loss grows with the inverse temperature; it is convex in it."""
        scaled = inverse * logs
        scaled -= scaled.max(axis=1, keepdims=True)
        weights = np.exp(scaled)
        weights /= weights.sum(axis=1, keepdims=True)
        return float(((weights * logs).sum(axis=1) - logs[rows, labels]).mean())

    low, high = 1 / _RANGE[1], 1 / _RANGE[0]
    for _ in range(40):  # bisection
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return 2 / (low + high)

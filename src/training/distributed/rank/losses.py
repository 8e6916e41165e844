"""XGBoost's metrics as the losses that are lowered, for a row: half the squared error, half the deviance, log-loss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def surplus_of_counts(target: Any, weights: Any) -> tuple[float, float]:
    """By how much the negative log-likelihood of counts exceeds half their deviance, and the weight of the rows: both sums."""
    counts, places = np.unique(target.astype(np.float64), return_inverse=True)
    surplus = np.array([math.lgamma(y + 1) - (y * math.log(y) if y > 0 else 0.0) + y for y in counts])
    by_row = np.ones(len(target)) if weights is None else weights.astype(np.float64)
    return float(surplus[places] @ by_row), float(by_row.sum())


def to_loss(metric: str, value: float, constant: float) -> float:
    return value * value / 2 if metric == "rmse" else value - constant

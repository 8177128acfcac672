"""Count, mean and covariance of rows, batch by batch."""

from typing import Self

import keras
import numpy as np


class Moments:
    """Mean and covariance in float64 variables of a metric.

    Two parts A and B of the rows are joined by

        mean = mean_A + (mean_B - mean_A) n_B / n
        S = S_A + S_B + (mean_B - mean_A)(mean_B - mean_A)^T n_A n_B / n

    where S sums (x - mean)(x - mean)^T, so nothing but S is kept, and nothing
    cancels as it does in E[x x^T] - E[x] E[x]^T.

    Args:
        metric: owns the variables.
        size: D.
        name: of the set.

    Reference: Chan, Golub and LeVeque 1979, Eq. 2.1.
    """

    def __init__(
        self, metric: keras.metrics.Metric, size: int, name: str
    ) -> None:
        def variable(shape, kind):
            return metric.add_variable(
                shape, "zeros", dtype="float64", name=f"{name}_{kind}"
            )

        self._count = variable((), "count")
        self._mean = variable((size,), "mean")
        self._scatter = variable((size, size), "scatter")

    def __len__(self) -> int:
        return int(self._count.numpy())

    @property
    def mean(self) -> np.ndarray:
        """[D] float64."""
        return self._mean.numpy()

    @property
    def covariance(self) -> np.ndarray:
        """[D, D] float64, S / (n - 1)."""
        return self._scatter.numpy() / (len(self) - 1)

    def add(self, rows: np.ndarray) -> None:
        """Adds rows [B, D]."""
        rows = rows.astype(np.float64)
        mean = rows.mean(axis=0)
        deviation = rows - mean
        self._join(len(rows), mean, deviation.T @ deviation)

    def merge(self, other: Self) -> None:
        """Adds all rows of another."""
        if len(other):
            self._join(len(other), other.mean, other._scatter.numpy())

    def reset(self) -> None:
        """Forgets all rows."""
        for each in (self._count, self._mean, self._scatter):
            each.assign(np.zeros(each.shape))

    def _join(self, count: int, mean: np.ndarray, scatter: np.ndarray) -> None:
        total = len(self) + count
        difference = mean - self.mean
        between = np.outer(difference, difference) * (len(self) * count / total)
        self._scatter.assign_add(scatter + between)
        self._mean.assign_add(difference * (count / total))
        self._count.assign(total)

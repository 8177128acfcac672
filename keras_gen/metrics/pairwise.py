"""Distances between all rows of two sets, a few rows at a time."""

from collections.abc import Iterator

import numpy as np

_CHUNK = 1 << 24  # Numbers in a piece: 128 MiB of float64.


def squared_distances(
    x: np.ndarray, y: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """|x_i - y_j|^2 = |x_i|^2 + |y_j|^2 - 2 x_i . y_j, by matrix products.

    Args:
        x: [N, D].
        y: [M, D].

    Yields:
        (which rows of x, their distances [rows, M] float64).
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    # Distances survive a shift; without it far sets lose digits below.
    center = y.mean(axis=0)
    x, y = x - center, y - center
    y_norms = np.square(y).sum(axis=1)
    num_rows = max(1, _CHUNK // len(y))
    for start in range(0, len(x), num_rows):
        rows = slice(start, min(start + num_rows, len(x)))
        distances = x[rows] @ y.T
        distances *= -2.0
        distances += y_norms
        distances += np.square(x[rows]).sum(axis=1, keepdims=True)
        # Rounding leaves small negative numbers where rows are equal.
        yield rows, np.maximum(distances, 0.0, out=distances)

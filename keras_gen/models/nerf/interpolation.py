"""The eight vertices around a point of a grid, and their shares."""

import itertools

import keras
import numpy as np

_CORNERS = np.array(list(itertools.product((0, 1), repeat=3)), np.int32)


def corners(points, size: int):
    """Vertices around points, and trilinear weights.

    Args:
        points: [M, 3] float32 in [0, 1].
        size: vertices along an edge.

    Returns:
        (vertices [M, 8, 3] int32, weights [M, 8]); weights sum to 1.
    """
    ops = keras.ops
    place = points * float(size - 1)
    # The last vertex belongs to the last cell.
    low = ops.clip(ops.floor(place), 0.0, float(size - 2))
    inside = (place - low)[:, None]  # [M, 1, 3]
    shares = ops.where(_CORNERS[None] == 1, inside, 1.0 - inside)
    vertices = ops.cast(low, "int32")[:, None] + _CORNERS[None]
    weights = shares[..., 0] * shares[..., 1] * shares[..., 2]
    return vertices, weights


def index_of(vertices, size: int):
    """Row [..., ] of a vertex [..., 3] in a table of size^3 rows."""
    x, y, z = vertices[..., 0], vertices[..., 1], vertices[..., 2]
    return (x * size + y) * size + z


def look_up(table, rows, weights):
    """Weighted sums over corners of rows of a table.

    Args:
        table: [N, F].
        rows: [..., 8] int32.
        weights: [..., 8].

    Returns:
        [..., F].
    """
    # The gradient of a reshape is dense and of known shape, as XLA wants it
    # where the field is asked in a branch; that of `take` alone is sparse.
    table = keras.ops.reshape(table, table.shape)
    found = keras.ops.take(table, rows, axis=0)  # [..., 8, F]
    return keras.ops.sum(weights[..., None] * found, axis=-2)

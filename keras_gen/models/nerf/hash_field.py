"""Grids of several resolutions whose vertices share a table by a hash.

A grid with more vertices than its part of the table has rows keeps several
vertices in a row; the small networks behind learn to tell them apart.

Reference: Mueller et al. 2022, arXiv 2201.05989, section 3.
"""

import functools
from typing import Any

import keras
import numpy as np

from keras_gen.models.nerf import encoding, heads, interpolation

_PRIMES = (1, -1640531535, 805459861)  # 2654435761 as int32. Eq. 4
_NUM_GEOMETRY = 15


class HashField(keras.layers.Layer):
    """A Field: (points [M, 3], directions [M, 3]) -> (rgb, density).

    Args:
        radius: half the edge of the cube around the origin.
        finest_size: vertices along an edge of the finest grid.
        coarsest_size: of the coarsest grid.
        num_levels: number of grids, whose sizes grow geometrically. Eq. 2
        table_size: rows of a grid at most.
        num_features: of a row.
        head_width: D.
        direction_frequencies: L of directions.
        seed: of the weights.
        **kwargs: of the layer.
    """

    def __init__(
        self,
        radius: float,
        finest_size: int,
        coarsest_size: int,
        num_levels: int,
        table_size: int,
        num_features: int,
        head_width: int,
        direction_frequencies: int,
        seed: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self._radius = radius
        self._frequencies = direction_frequencies
        sizes = np.geomspace(coarsest_size, finest_size, num_levels)
        self._sizes = [round(size) for size in sizes]
        self._rows = [min(size**3, table_size) for size in self._sizes]
        draws = keras.random.SeedGenerator(seed)
        self._table = self.add_weight(
            shape=(sum(self._rows), num_features),
            initializer=keras.initializers.RandomUniform(-1e-4, 1e-4, draws),
            dtype="float32",
            autocast=False,
            name="table",
        )
        views = 3 + 6 * direction_frequencies
        dense = functools.partial(heads.dense, draws, self.dtype_policy)
        self._hidden = dense(
            "hidden", num_levels * num_features, head_width, "relu"
        )
        self._geometry = dense("geometry", head_width, 1 + _NUM_GEOMETRY)
        self._view = dense("view", _NUM_GEOMETRY + views, head_width, "relu")
        self._rgb = dense("rgb", head_width, 3, "sigmoid")

    def call(self, points, directions):
        """Colours [M, 3] in [0, 1] and densities [M], float32."""
        ops = keras.ops
        inside = ops.clip(points / (2.0 * self._radius) + 0.5, 0.0, 1.0)
        geometry = self._geometry(self._hidden(self._features(inside)))
        geometry = ops.cast(geometry, "float32")
        density = ops.exp(ops.minimum(geometry[:, 0] - 3.0, 12.0))
        views = encoding.positional(directions, self._frequencies)
        seen = ops.concatenate([geometry[:, 1:], views], axis=-1)
        rgb = self._rgb(self._view(seen))
        return ops.cast(rgb, "float32"), density

    def _features(self, inside):
        """[M, L F] of points in [0, 1]; one look-up for all levels."""
        ops = keras.ops
        rows, weights, first = [], [], 0
        for size, count in zip(self._sizes, self._rows, strict=True):
            vertices, shares = interpolation.corners(inside, size)
            rows.append(_row(vertices, size, count) + first)
            weights.append(shares)
            first += count
        rows, weights = ops.stack(rows, 1), ops.stack(weights, 1)  # [M, L, 8]
        found = interpolation.look_up(self._table, rows, weights)
        return ops.reshape(found, (-1, len(self._sizes) * found.shape[-1]))


def _row(vertices, size: int, count: int):
    """[M, 8], in order where every vertex has a row, else by the hash."""
    if size**3 <= count:
        return interpolation.index_of(vertices, size)
    x, y, z = (vertices[..., i] * _PRIMES[i] for i in range(3))
    mixed = keras.ops.bitwise_xor(keras.ops.bitwise_xor(x, y), z)
    return keras.ops.mod(mixed, count)  # Eq. 4

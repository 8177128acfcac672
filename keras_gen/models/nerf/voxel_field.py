"""A dense grid: a density and features at each vertex, and a small head.

Reference: Sun et al. 2021, "Direct Voxel Grid Optimization", arXiv 2111.11215.
"""

import functools
from typing import Any

import keras

from keras_gen.models.nerf import encoding, heads, interpolation

_FEATURE_SCALE, _DENSITY_SCALE = 5.0, 30.0


class VoxelField(keras.layers.Layer):
    """A Field: (points [M, 3], directions [M, 3]) -> (rgb, density).

    The table holds densities and features divided by constants, so that one
    learning rate suits both and the head.

    Args:
        radius: half the edge of the cube around the origin.
        size: vertices along an edge.
        num_features: of a vertex.
        head_width: D.
        direction_frequencies: L of directions.
        seed: of the weights.
        **kwargs: of the layer.
    """

    def __init__(
        self,
        radius: float,
        size: int,
        num_features: int,
        head_width: int,
        direction_frequencies: int,
        seed: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self._radius, self._size = radius, size
        self._frequencies = direction_frequencies
        draws = keras.random.SeedGenerator(seed)
        self._table = self.add_weight(
            shape=(size**3, 1 + num_features),
            initializer=keras.initializers.RandomUniform(-1e-2, 1e-2, draws),
            dtype="float32",
            autocast=False,
            name="table",
        )
        views = 3 + 6 * direction_frequencies
        dense = functools.partial(heads.dense, draws, self.dtype_policy)
        self._head = [
            dense("hidden", num_features + views, head_width, "relu"),
            dense("rgb", head_width, 3, "sigmoid"),
        ]

    def call(self, points, directions):
        """Colours [M, 3] in [0, 1] and densities [M], float32."""
        ops = keras.ops
        inside = ops.clip(points / (2.0 * self._radius) + 0.5, 0.0, 1.0)
        vertices, weights = interpolation.corners(inside, self._size)
        rows = interpolation.index_of(vertices, self._size)  # [M, 8]
        found = interpolation.look_up(self._table, rows, weights)
        density = ops.softplus(_DENSITY_SCALE * found[:, 0] - 6.0) * 10.0
        views = encoding.positional(directions, self._frequencies)
        x = ops.concatenate([_FEATURE_SCALE * found[:, 1:], views], axis=-1)
        for layer in self._head:
            x = layer(x)
        return ops.cast(x, "float32"), density

"""The network of the paper: 8 layers of 256, a skip, and directions late.

Reference: Mildenhall et al. 2020, arXiv 2003.08934, appendix A, Fig. 7.
"""

import functools
from typing import Any

import keras

from keras_gen.models.nerf import encoding, heads


class MLPField(keras.layers.Layer):
    """A Field: (points [M, 3], directions [M, 3]) -> (rgb, density).

    Differs from the paper: the density is a softplus, whose gradient never
    dies, where the paper has a relu, which some seeds leave white for ever.

    Args:
        width: D.
        depth: number of layers.
        skip_layer: after which the points come in again.
        position_frequencies: L of points.
        direction_frequencies: L of directions.
        seed: of the weights.
        **kwargs: of the layer.
    """

    def __init__(
        self,
        width: int,
        depth: int,
        skip_layer: int,
        position_frequencies: int,
        direction_frequencies: int,
        seed: int,
        **kwargs: Any,
    ) -> None:
        # Points keep their digits; only the layers inside compute in less.
        super().__init__(autocast=False, **kwargs)
        self._skip_layer = skip_layer
        self._frequencies = position_frequencies, direction_frequencies
        draws = keras.random.SeedGenerator(seed)
        dense = functools.partial(heads.dense, draws, self.dtype_policy)
        of_points, of_directions = (3 + 6 * n for n in self._frequencies)
        self._trunk, size = [], of_points
        for i in range(depth):
            self._trunk.append(dense(f"layer_{i}", size, width, "relu"))
            size = width + of_points * (i == skip_layer)
        self._density = dense("density", size, 1)
        self._features = dense("features", size, width)
        half = max(1, width // 2)
        self._view = dense("view", width + of_directions, half, "relu")
        self._rgb = dense("rgb", half, 3, "sigmoid")

    def call(self, points, directions):
        """Colours [M, 3] in [0, 1] and densities [M], float32."""
        ops = keras.ops
        of_points, of_directions = self._frequencies
        points = encoding.positional(points, of_points)
        x = points
        for index, layer in enumerate(self._trunk):
            x = layer(x)
            if index == self._skip_layer:
                x = ops.concatenate([ops.cast(x, "float32"), points], axis=-1)
        density = ops.softplus(ops.cast(self._density(x), "float32") - 1.0)
        views = encoding.positional(directions, of_directions)
        features = ops.cast(self._features(x), "float32")
        seen = self._view(ops.concatenate([features, views], axis=-1))
        return ops.cast(self._rgb(seen), "float32"), density[..., 0]

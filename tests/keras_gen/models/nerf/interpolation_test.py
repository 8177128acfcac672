"""Interpolation is exact for functions that are linear along each axis."""

import numpy as np

from keras_gen.models.nerf import interpolation

RANDOM = np.random.default_rng(0)


def test_a_linear_function_is_found_between_vertices():
    axis = np.linspace(0.0, 1.0, 5, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    table = (grid.reshape(-1, 3) @ np.float32([[1.0], [-2.0], [3.0]])) + 0.5
    points = RANDOM.uniform(0, 1, (50, 3)).astype(np.float32)
    points[:2] = [[0, 0, 0], [1, 1, 1]]
    vertices, weights = interpolation.corners(points, 5)
    rows = interpolation.index_of(vertices, 5)
    found = interpolation.look_up(table, rows, weights)
    expected = points @ np.float32([[1.0], [-2.0], [3.0]]) + 0.5
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(np.sum(weights, axis=1), 1.0, atol=1e-6)

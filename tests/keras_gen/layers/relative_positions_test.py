"""Relative positions: the skew is the sum that it stands for."""

import numpy as np
import pytest

from keras_gen import layers
from keras_gen.layers import relative_positions

B, G, R, T, H = 2, 3, 2, 5, 4


def table(num_distances):
    made = layers.RelativePositions(G, H, num_distances, "random_normal")
    made.build()
    return made


@pytest.mark.parametrize("num_distances", [T, T + 3, 2])
def test_a_distance_has_its_vector(num_distances):
    """S[i, j] = query_i . vector of i - j, as Shaw et al. write it."""
    made = table(num_distances)
    queries = np.random.default_rng(0).normal(size=(B, G, R, T, H))
    found = made(queries.astype(np.float32)).numpy()
    vectors = made.vectors.numpy()
    for i in range(T):
        for j in range(i + 1):
            vector = vectors[:, min(i - j, num_distances - 1)]
            expected = np.einsum("bgrh,gh->bgr", queries[..., i, :], vector)
            np.testing.assert_allclose(found[..., i, j], expected, atol=1e-5)


def test_a_step_is_a_row_of_all():
    made = table(3)
    queries = np.random.default_rng(1).normal(size=(B, G, R, T, H))
    queries = queries.astype(np.float32)
    expected = made(queries).numpy()
    for i in range(T):
        for index in (np.array([[i]]), np.full((B, 1), i)):
            found = made.step(queries[..., i, :], index, T).numpy()
            np.testing.assert_allclose(
                found[..., : i + 1], expected[..., i, : i + 1], atol=1e-5
            )


def test_skew_of_a_known_matrix():
    x = np.arange(9, dtype=np.float32).reshape(1, 3, 3)
    found = relative_positions.skewed(x).numpy()[0]
    np.testing.assert_array_equal(
        np.tril(found), [[2, 0, 0], [4, 5, 0], [6, 7, 8]]
    )

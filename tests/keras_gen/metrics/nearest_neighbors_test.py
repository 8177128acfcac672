"""Copies are found, new images are not taken for copies."""

import numpy as np
import pytest

from keras_gen import metrics


def rows(seed, count):
    return np.random.default_rng(seed).normal(size=(count, 20))


def measured(generated):
    metric = metrics.NearestNeighbors()
    metric.update_state(rows(0, 500), generated, rows(1, 1000))
    return metric


def test_the_nearest_row_and_its_distance():
    order = [7, 0, 123]
    found = measured(rows(0, 500)[order] + 0.01).neighbors()
    np.testing.assert_array_equal(found.indices, order)
    np.testing.assert_allclose(found.distances, 0.01 * np.sqrt(20))


def test_copies_are_told_from_new_images():
    assert measured(rows(0, 500)).result()["nearest_copies"] == 1.0
    new = measured(rows(2, 2000)).result()
    assert new["nearest_copies"] == pytest.approx(0.01, abs=0.01)
    ratio = new["nearest_generated"] / new["nearest_held_out"]
    assert ratio == pytest.approx(1.0, abs=0.02)


def test_merging_is_seeing_everything():
    parts = [metrics.NearestNeighbors(), metrics.NearestNeighbors()]
    parts[0].update_state(rows(0, 500)[:100], rows(2, 9), rows(1, 1000))
    parts[1].update_state(rows(0, 500)[100:])
    merged = metrics.NearestNeighbors()
    merged.merge_state(parts)
    assert merged.result() == measured(rows(2, 9)).result()


def test_a_missing_set_is_named():
    metric = metrics.NearestNeighbors()
    metric.update_state(rows(0, 5), rows(1, 5))
    with pytest.raises(ValueError, match="`held_out` must hold 1 rows"):
        metric.result()
    metric.reset_generated()
    with pytest.raises(ValueError, match="`generated` must hold 1 rows"):
        metric.neighbors()

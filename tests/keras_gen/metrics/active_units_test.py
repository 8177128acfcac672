"""Active units are what one pass over all codes at once would count."""

import numpy as np
import pytest

from keras_gen import metrics


def codes():
    """[90, 4]: variances 1, 0.04, 0.0025 and 0."""
    random = np.random.default_rng(0)
    scale = np.array([1.0, 0.2, 0.05, 0.0])
    noise = random.normal(size=(90, 4)) * scale + np.array([5.0, 0, -3, 1])
    return noise.astype("float32")


def test_counts_what_numpy_counts():
    units = metrics.ActiveUnits(4)
    units.update_state(codes())
    expected = (codes().var(axis=0) > 0.01).sum()
    assert expected == 2
    assert float(units.result()) == expected


def test_batches_and_merging_change_nothing():
    parts = np.split(codes(), [1, 40])
    merged = metrics.ActiveUnits(4)
    others = [metrics.ActiveUnits(4) for _ in parts]
    for unit, part in zip(others, parts, strict=True):
        unit.update_state(part)
    merged.merge_state(others)
    variance = merged._deviation.numpy() / len(codes())
    np.testing.assert_allclose(variance, codes().var(axis=0), atol=1e-5)
    assert float(merged.result()) == 2


def test_threshold():
    units = metrics.ActiveUnits(4, threshold=1e-3)
    units.update_state(codes())
    assert float(units.result()) == 3


def test_nothing_seen_is_nothing_active():
    units = metrics.ActiveUnits(4)
    assert float(units.result()) == 0
    units.merge_state([metrics.ActiveUnits(4)])
    assert float(units.result()) == 0


def test_wrong_shape():
    with pytest.raises(ValueError, match=r"`latent` must have shape \[B, 4\]"):
        metrics.ActiveUnits(4).update_state(np.zeros((2, 3), "float32"))

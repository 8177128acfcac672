"""Precision and recall of sets that overlap wholly, partly, not at all."""

import numpy as np
import pytest

from keras_gen import metrics
from keras_gen.metrics import pairwise, precision_recall


def features(seed, count=60):
    return np.random.default_rng(seed).normal(size=(count, 5))


def measured(real, generated, **kwargs):
    metric = metrics.PrecisionRecall(**kwargs)
    metric.update_state(real, generated)
    found = metric.result()
    return found["precision"], found["recall"]


def test_equal_sets_cover_each_other():
    assert measured(features(0), features(0)) == (1.0, 1.0)


def test_disjoint_sets_cover_nothing():
    assert measured(features(0), features(1) + 100.0) == (0.0, 0.0)


def test_one_good_picture_is_precise_and_recalls_nothing():
    real = features(0)
    generated = real[:1] + 1e-3 * features(1)
    precision, recall = measured(real, generated)
    assert precision == 1.0 and recall <= 1 / 60


def test_it_equals_the_definition():
    real, generated = features(0), features(1, 50) * 1.5
    radii = [
        np.sort(np.linalg.norm(real - each, axis=1))[2] for each in real
    ]  # k = 2, after the point itself.
    expected = np.mean(
        [
            np.any(np.linalg.norm(real - each, axis=1) <= radii)
            for each in generated
        ]
    )
    found, _ = measured(real, generated, num_neighbors=2)
    assert 0 < found < 1 and found == pytest.approx(expected)


def test_chunks_change_nothing(monkeypatch):
    expected = measured(features(0), features(1))
    monkeypatch.setattr(pairwise, "_CHUNK", 7 * 60)
    assert measured(features(0), features(1)) == expected


def test_merging_is_seeing_everything():
    parts = [metrics.PrecisionRecall(), metrics.PrecisionRecall()]
    parts[0].update_state(features(0)[:20])
    parts[1].update_state(features(0)[20:], features(1))
    merged = metrics.PrecisionRecall()
    merged.merge_state(parts)
    precision, recall = measured(features(0), features(1))
    assert merged.result() == {"precision": precision, "recall": recall}


def test_what_is_refused():
    with pytest.raises(ValueError, match="`num_neighbors` must be 1 or more"):
        metrics.PrecisionRecall(num_neighbors=0)
    with pytest.raises(ValueError, match="`generated` must hold 4 rows"):
        measured(features(0), features(1, 3))


def test_share_within_balls_by_hand():
    by = np.array([[0.0], [1.0], [10.0]])
    points = np.array([[-0.9], [2.0], [2.5], [18.0], [19.5]])
    share = precision_recall.covered_share(points, by, 1)
    assert share == pytest.approx(4 / 5)  # Radii 1, 1 and 9.

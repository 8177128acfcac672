"""Inception scores that are known beforehand."""

import numpy as np
import pytest

from keras_gen import metrics


def score(rows, **kwargs):
    metric = metrics.InceptionScore(**({"num_splits": 1} | kwargs))
    metric.update_state(rows)
    return metric.result()["inception_score"]


def test_certain_and_even_is_the_number_of_classes():
    assert score(np.eye(7), from_logits=False) == pytest.approx(7.0)
    assert score(1e3 * np.eye(7)) == pytest.approx(7.0)


def test_always_the_same_is_one():
    rows = np.tile([2.0, -1.0, 0.5], (5, 1))
    assert score(rows) == pytest.approx(1.0)
    assert score(np.tile([1.0, 0, 0], (5, 1)), from_logits=False) == 1.0


def test_it_is_the_mutual_information():
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    marginal = p.mean(axis=0)
    expected = np.exp(np.mean(np.sum(p * np.log(p / marginal), axis=1)))
    assert score(p, from_logits=False) == pytest.approx(expected)
    assert score(np.log(p) + 3.0) == pytest.approx(expected)


def test_splits_are_parts_in_order():
    metric = metrics.InceptionScore(num_splits=2, from_logits=False)
    metric.update_state(np.eye(2)[[0, 1]])
    metric.update_state(np.eye(2)[[0, 0, 0]])  # What is left joins the last.
    found = metric.result()
    assert found["inception_score"] == pytest.approx((2.0 + 1.0) / 2)
    assert found["inception_score_deviation"] == pytest.approx(0.5)


def test_merging_is_seeing_everything():
    parts = [metrics.InceptionScore(), metrics.InceptionScore()]
    for part, rows in zip(parts, np.split(9.0 * np.eye(4), 2), strict=True):
        part.update_state(rows)
    merged = metrics.InceptionScore(num_splits=1)
    merged.merge_state(parts)
    assert merged.result()["inception_score"] == pytest.approx(
        score(9.0 * np.eye(4))
    )


def test_what_is_refused():
    with pytest.raises(ValueError, match="probabilities that sum to 1"):
        score(3.0 * np.eye(2), from_logits=False)
    with pytest.raises(ValueError, match="`generated` must hold 3 rows"):
        score(np.eye(2), num_splits=3)

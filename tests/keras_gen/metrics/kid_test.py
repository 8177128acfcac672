"""KID is unbiased, and what its definition gives pair by pair."""

import itertools

import numpy as np
import pytest

from keras_gen import metrics
from keras_gen.metrics import kid


def features(seed, count=40, size=3):
    return np.random.default_rng(seed).normal(size=(count, size))


def naive(x, y):
    """Section 4 of the paper, a pair at a time."""

    def kernel(a, b):
        return (np.dot(a, b) / len(a) + 1.0) ** 3

    within = [
        np.mean([kernel(a, b) for a, b in itertools.permutations(each, 2)])
        for each in (x, y)
    ]
    between = np.mean([kernel(a, b) for a, b in itertools.product(x, y)])
    return sum(within) - 2 * between


def test_it_equals_a_loop_over_pairs():
    x, y = features(0, 12), features(1, 9) + 0.3
    assert kid.squared_mmd(x, y) == pytest.approx(naive(x, y), rel=1e-10)


def test_its_mean_is_zero_for_equal_distributions():
    values = [
        kid.squared_mmd(features(2 * i), features(2 * i + 1))
        for i in range(400)
    ]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 3 * error
    assert min(values) < 0 < max(values)


def test_subsets_of_everything_are_everything():
    real, generated = features(0), features(1) * 2
    metric = metrics.KID(subset_size=40, num_subsets=3)
    metric.update_state(real, generated)
    found = metric.result()
    expected = kid.squared_mmd(real, generated)
    assert found["kid"] == pytest.approx(expected, rel=1e-10)
    assert found["kid_standard_error"] == pytest.approx(0.0, abs=1e-12)


def test_the_mean_of_subsets_estimates_the_whole():
    real, generated = features(0, 300), features(1, 300) + 0.5
    metric = metrics.KID(subset_size=100, num_subsets=50)
    metric.update_state(real, generated)
    found = metric.result()
    assert found == metric.result()  # Seeded.
    difference = found["kid"] - kid.squared_mmd(real, generated)
    assert abs(difference) < 4 * found["kid_standard_error"]


def test_merging_is_seeing_everything():
    real, generated = features(0), features(1)
    whole = metrics.KID(subset_size=10, num_subsets=5)
    whole.update_state(real, generated)
    parts = [metrics.KID(), metrics.KID()]
    parts[0].update_state(real[:7], generated)
    parts[1].update_state(real[7:])
    merged = metrics.KID(subset_size=10, num_subsets=5)
    merged.merge_state(parts)
    assert merged.result() == whole.result()
    merged.reset_state()
    assert merged.protocol()["num_real"] == 0


def test_a_set_smaller_than_a_subset_is_refused():
    metric = metrics.KID(subset_size=41)
    metric.update_state(features(0), features(1))
    with pytest.raises(ValueError, match="`real` must hold 41 rows or more"):
        metric.result()


@pytest.mark.parametrize("name", ["subset_size", "num_subsets"])
def test_one_is_no_subset(name):
    with pytest.raises(ValueError, match=f"`{name}` must be 2 or more"):
        metrics.KID(**{name: 1})

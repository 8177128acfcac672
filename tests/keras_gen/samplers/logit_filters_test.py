"""Filters of logits, each against its definition in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import samplers

LOGITS = np.random.default_rng(0).normal(0, 2, (5, 7)).astype(np.float32)


def stays(filtered):
    return np.asarray(filtered) > -1e8


def softmax(logits):
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def test_neutral_filters_are_absent():
    filters = samplers.LogitFilters()
    logits = tf.constant(LOGITS)
    assert filters.apply(logits) is logits and not filters.remembers


def test_temperature_divides():
    filtered = samplers.LogitFilters(temperature=0.5).apply(LOGITS)
    np.testing.assert_allclose(filtered, 2.0 * LOGITS, rtol=1e-6)


@pytest.mark.parametrize("count", [1, 3, 7, np.array([1, 2, 3, 0, 7])])
def test_top_k_keeps_the_likeliest(count):
    found = stays(samplers.LogitFilters(top_k=count).apply(LOGITS))
    rank = (-LOGITS).argsort(axis=-1).argsort(axis=-1)
    counts = np.broadcast_to(count, (5,))
    counts = np.where(counts == 0, 7, counts)
    np.testing.assert_array_equal(found, rank < counts[:, None])


@pytest.mark.parametrize("share", [0.1, 0.7, 0.95, np.linspace(0.2, 1, 5)])
def test_top_p_keeps_the_fewest_that_have_p(share):
    found = stays(samplers.LogitFilters(top_p=share).apply(LOGITS))
    for row, kept, wanted in zip(
        softmax(LOGITS), found, np.broadcast_to(share, (5,)), strict=True
    ):
        count = kept.sum()
        np.testing.assert_array_equal(kept, row >= np.sort(row)[-count])
        assert row[kept].sum() >= wanted - 1e-6
        assert count == 1 or np.sort(row[kept])[1:].sum() < wanted


def test_top_p_counts_what_top_k_left():
    logits = np.log([[0.4, 0.3, 0.2, 0.1]]).astype(np.float32)
    filters = samplers.LogitFilters(top_k=2, top_p=0.5)
    found = stays(filters.apply(logits))  # 4 / 7 of what is left.
    np.testing.assert_array_equal(found, [[True, False, False, False]])


def test_min_p_is_a_share_of_the_likeliest():
    found = stays(samplers.LogitFilters(min_p=0.1).apply(LOGITS))
    odds = softmax(LOGITS)
    least = 0.1 * odds.max(axis=-1, keepdims=True)
    np.testing.assert_array_equal(found, odds >= least)


def test_repetition_makes_both_signs_less_likely():
    filters = samplers.LogitFilters(repetition_penalty=2.0)
    seen = np.array([[True, True, False]])
    found = filters.apply(np.float32([[3.0, -3.0, 1.0]]), seen)
    np.testing.assert_allclose(found, [[1.5, -6.0, 1.0]])
    assert filters.remembers


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0}, "`temperature` must be above 0. Received: 0. For"),
        ({"temperature": -1.0}, "use top_k=1"),
        ({"top_k": 8}, r"`top_k` must lie in \[0, 7\], 0 for all tokens"),
        ({"top_k": np.array([1, -1])}, r"`top_k` must lie in \[0, 7\]"),
        ({"top_p": 0.0}, r"`top_p` must lie in \(0, 1\]. Received: 0.0"),
        ({"min_p": 1.0}, r"`min_p` must lie in \[0, 1\). Received: 1.0"),
        ({"repetition_penalty": 0.5}, "must be at least 1. Received: 0.5"),
    ],
)
def test_numbers_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        samplers.LogitFilters(**options).check(7)

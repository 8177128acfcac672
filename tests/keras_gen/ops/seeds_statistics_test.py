"""The noise looks like what it claims to be: fixed seeds, generous limits."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from keras_gen.ops import seeds

NUM_SEEDS, SIZE = 1000, 200
COUNT = NUM_SEEDS * SIZE
LIMIT = 4 / np.sqrt(COUNT)  # Four standard deviations of a correlation.


@pytest.fixture(scope="module")
def words():
    return seeds.bits(tf.range(NUM_SEEDS), SIZE).numpy()


@pytest.fixture(scope="module")
def normal():
    return seeds.normal(tf.range(NUM_SEEDS), (SIZE,)).numpy()


def correlation(first, second):
    return abs(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def test_uniform_by_kolmogorov_and_smirnov():
    noise = seeds.uniform(tf.range(NUM_SEEDS), (SIZE,)).numpy()
    assert noise.min() > 0 and noise.max() < 1
    assert scipy.stats.kstest(noise.ravel(), "uniform").pvalue > 0.01


def test_normal_by_kolmogorov_and_smirnov(normal):
    assert scipy.stats.kstest(normal.ravel(), "norm").pvalue > 0.01


def test_normal_has_the_moments_and_tails_of_a_normal(normal):
    assert abs(normal.mean()) < LIMIT
    assert abs(normal.std() - 1) < LIMIT
    assert abs(scipy.stats.kurtosis(normal.ravel())) < 4 * np.sqrt(24 / COUNT)
    expected = COUNT * 2 * scipy.stats.norm.sf(3)
    assert abs((np.abs(normal) > 3).sum() - expected) < 4 * np.sqrt(expected)


@pytest.mark.parametrize("position", range(4))
def test_each_byte_of_a_word_by_chi_square(words, position):
    found = np.bincount(words.view(np.uint8)[:, position::4].ravel())
    assert len(found) == 256
    assert 0.001 < scipy.stats.chisquare(found).pvalue < 0.999


def test_each_bit_is_1_half_of_the_time(words):
    unsigned = words.view(np.uint32).ravel()
    for bit in range(32):
        share = ((unsigned >> np.uint32(bit)) & 1).mean()
        assert abs(share - 0.5) < 4 * 0.5 / np.sqrt(COUNT), bit


def test_neighbouring_seeds_counters_and_steps_are_uncorrelated(normal):
    assert correlation(normal[:-1], normal[1:]) < 1.01 * LIMIT
    assert correlation(normal[:, :-1], normal[:, 1:]) < 1.01 * LIMIT
    assert correlation(normal[:, ::2] ** 2, normal[:, 1::2] ** 2) < 1.5 * LIMIT


def test_the_two_numbers_of_a_pair_are_uncorrelated(normal):
    half = SIZE // 2
    assert correlation(normal[:, :half], normal[:, half:]) < 1.5 * LIMIT
    squares = normal**2
    assert correlation(squares[:, :half], squares[:, half:]) < 1.5 * LIMIT


def test_streams_are_uncorrelated(normal):
    other = seeds.normal(tf.range(NUM_SEEDS), (SIZE,), stream=1).numpy()
    assert correlation(normal, other) < LIMIT


def test_seeds_of_rows_and_folds_are_uniform():
    found = [
        seeds.rows(0, tf.constant(step), 1000).numpy() for step in range(20)
    ]
    found.append(seeds.fold(tf.range(20_000), 1).numpy())
    for each in (np.concatenate(found[:-1]), found[-1]):
        share = (each.astype(np.float64) + 2.0**31) / 2.0**32
        assert scipy.stats.kstest(share, "uniform").pvalue > 0.01
        assert abs(np.corrcoef(share[:-1], share[1:])[0, 1]) < 0.03

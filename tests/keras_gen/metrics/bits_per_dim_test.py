"""Bits/dim of distributions whose entropy is known."""

import math

from keras_gen import metrics


def test_fair_coins_cost_a_bit_each():
    nats = 28 * 28 * math.log(2)
    assert math.isclose(metrics.bits_per_dim(nats, (28, 28, 1)), 1.0)


def test_uniform_levels_cost_eight_bits():
    nats = 32 * 32 * 3 * math.log(256)
    assert math.isclose(metrics.bits_per_dim(nats, (32, 32, 3)), 8.0)

"""AdaptiveNorm against Keras, and told numbers that bfloat16 would round."""

import keras
import numpy as np

from keras_gen import layers

RANDOM = np.random.default_rng(0)
TOKENS = (3 + RANDOM.normal(size=(2, 5, 8))).astype(np.float32)
SHIFT, SCALE = RANDOM.normal(size=(2, 2, 1, 8)).astype(np.float32)


def test_told_nothing_it_is_that_of_keras():
    theirs = keras.layers.LayerNormalization(
        epsilon=0.1, center=False, scale=False
    )
    nothing = np.zeros_like(SHIFT)
    found = layers.AdaptiveNorm(0.1)([TOKENS, nothing, nothing])
    np.testing.assert_allclose(found, theirs(TOKENS), atol=1e-5)


def test_shift_and_scale_are_those_of_the_row():
    norm = layers.AdaptiveNorm()
    nothing = np.zeros_like(SHIFT)
    plain = norm([TOKENS, nothing, nothing])
    found = norm([TOKENS, SHIFT, SCALE])
    np.testing.assert_allclose(found, plain * (1 + SCALE) + SHIFT, atol=1e-5)


def test_a_small_scale_is_not_lost_in_bfloat16():
    """1 + 2 ** -9 is 1 there, but a sum of products need not be."""
    norm = layers.AdaptiveNorm(dtype="mixed_bfloat16")
    scale = np.full_like(SCALE, 2.0**-9)
    nothing = np.zeros_like(SHIFT)
    plain, scaled = (
        np.float32(norm([TOKENS, nothing, each])) for each in (nothing, scale)
    )
    assert norm([TOKENS, nothing, scale]).dtype == "bfloat16"
    share = np.mean(plain != scaled)
    assert 0.1 < share < 0.9


def test_its_config_is_whole():
    read = layers.AdaptiveNorm.from_config(
        layers.AdaptiveNorm(0.1).get_config()
    )
    assert read.epsilon == 0.1

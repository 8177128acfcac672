"""What CLIP has of its own: quick GELU and learned positions."""

import keras
import numpy as np
import pytest

from keras_gen import layers

TOKENS = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)


def test_quick_gelu_is_near_the_exact_one_but_another():
    x = np.linspace(-6, 6, 1201, dtype=np.float32)
    found = layers.quick_gelu(x)
    np.testing.assert_allclose(found, x / (1 + np.exp(-1.702 * x)), atol=1e-6)
    difference = np.abs(found - keras.ops.gelu(x, approximate=False)).max()
    assert 0.019 < difference < 0.021


def test_positions_are_added():
    layer = layers.PositionEmbedding(7)
    layer.build(TOKENS.shape)
    positions = np.random.default_rng(1).normal(size=(7, 4))
    layer.set_weights([positions])
    expected = TOKENS + positions[:5].astype(np.float32)
    np.testing.assert_array_equal(layer(TOKENS), expected)
    np.testing.assert_array_equal(layer(TOKENS[:, :1]), expected[:, :1])


def test_rows_that_are_too_long_are_refused():
    message = "`length` must .* Received length=4 for rows of 5 tokens: cut"
    with pytest.raises(ValueError, match=message):
        layers.PositionEmbedding(4)(TOKENS)


def test_both_survive_a_file(tmp_path):
    tokens = keras.Input((None, 4))
    x = layers.PositionEmbedding(7)(tokens)
    model = keras.Model(tokens, keras.layers.Activation(layers.quick_gelu)(x))
    model.save(tmp_path / "model.keras")
    read = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(read(TOKENS), model(TOKENS))

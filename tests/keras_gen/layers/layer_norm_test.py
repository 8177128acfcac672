"""Layer normalization answers as that of Keras."""

import keras
import numpy as np

from keras_gen import layers


def test_equals_that_of_keras_and_survives_its_config():
    x = np.random.default_rng(0).normal(5.0, 2.0, (3, 4, 6)).astype(np.float32)
    layer = layers.LayerNorm(1e-5, name="norm")
    peer = keras.layers.LayerNormalization(epsilon=1e-5)
    layer.build(x.shape), peer.build(x.shape)
    for mine, other in zip(layer.weights, peer.weights, strict=True):
        mine.assign(np.linspace(-1.0, 2.0, 6))
        other.assign(mine)
    np.testing.assert_allclose(layer(x), peer(x), atol=1e-5)
    config = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == layer.get_config()
    assert again.epsilon == 1e-5

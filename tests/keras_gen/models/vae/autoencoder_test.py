"""The plain autoencoder: one loss, no noise."""

import numpy as np
import scipy.stats
import tensorflow as tf

import keras_gen

IMAGES = np.random.default_rng(0).uniform(-1, 1, (3, 4, 4, 1)).astype("f")


def test_the_loss_is_the_log_likelihood_of_the_reconstruction():
    model = keras_gen.Autoencoder(
        image_shape=(4, 4, 1),
        latent_size=2,
        widths=(4,),
        likelihood="gaussian",
        scale=0.3,
    )
    seed = tf.range(3)
    found = model.losses({"images": IMAGES}, seed, training=False)
    mean = model.decoder(model.encoder(IMAGES)).numpy()
    expected = scipy.stats.norm.logpdf(IMAGES, mean, 0.3).sum((1, 2, 3))
    assert set(found) == {"loss"}
    np.testing.assert_allclose(found["loss"], -expected, rtol=1e-4)
    again = model.losses({"images": IMAGES}, seed + 1, training=False)
    np.testing.assert_array_equal(found["loss"], again["loss"])


def test_the_code_has_the_size_of_the_latent():
    model = keras_gen.Autoencoder(
        image_shape=(4, 4, 1), latent_size=5, widths=(4,)
    )
    assert model.encode(IMAGES).shape == (3, 5)
    assert model.generate(2, seed=1).shape == (2, 4, 4, 1)

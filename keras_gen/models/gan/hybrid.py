"""A GAN whose generator is the decoder of a VAE, too.

    E[|x - G(z)|^2] / 2 + KL(q(z | x) || N(0, I)),    z ~ q(z | x)

is what G and an encoder q minimise beside the game: every real image must have
a latent vector from which G makes something like it, so none can be left out.

Differs from the paper: distances are of pixels, not of features of D.

Reference: Larsen et al. 2015, arXiv 1512.09300, Algorithm 1; Kingma and Welling
2013, arXiv 1312.6114, Eq. 10.
"""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.models.gan import game
from keras_gen.ops import seeds

tfd = tfp.distributions

# Stream of a row's seed, behind those of the game.
_POSTERIOR = 32


def loss(
    encoder: keras.Model,
    generator: keras.Model,
    images: tf.Tensor,
    labels: tf.Tensor | None,
    seed: tf.Tensor,
) -> tf.Tensor:
    """What encoder and generator lose as a VAE, [B] nats and a constant.

    Args:
        encoder: images to mean and logarithm of the variance, [B, 2 Z].
        generator: called in training mode.
        images: [B, H, W, C].
        labels: [B] int32, or None.
        seed: [B] int32.
    """
    mean, log_variance = tf.split(encoder(images, training=True), 2, axis=-1)
    deviation = tf.exp(0.5 * log_variance)
    posterior = tfd.Independent(tfd.Normal(mean, deviation), 1)
    prior = tfd.Independent(tfd.Normal(tf.zeros_like(mean), 1.0), 1)
    noise = seeds.compiled_normal(seed, mean.shape[1:], _POSTERIOR)
    inputs = game.with_labels(mean + deviation * noise, labels)
    rebuilt = generator(inputs, training=True)
    distance = tf.reduce_sum(tf.square(images - rebuilt), axis=(1, 2, 3))
    return 0.5 * distance + tfd.kl_divergence(posterior, prior)

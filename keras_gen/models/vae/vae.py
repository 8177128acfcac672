"""The variational autoencoder, and its importance-weighted bound.

    prior        p(z) = N(0, I)
    posterior    q(z | x) = N(loc(x), diag(scale(x)^2))
    distortion   -E_q[log p(x | z)]            how badly x is given back
    rate         KL(q(z | x) || p(z))          what the code costs
    elbo         -(distortion + rate) <= log p(x)

in nats, for each image. With k samples the bound

    log 1/k sum_i p(x, z_i) / q(z_i | x),    z_i ~ q(z | x)

lies between the two and reaches log p(x) as k grows.

Reference: Kingma and Welling 2013, arXiv 1312.6114; Burda, Grosse and
Salakhutdinov 2015, arXiv 1509.00519.
"""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.models.vae import latent_model, likelihoods, vae_config
from keras_gen.ops import seeds

tfd = tfp.distributions

# Rows of (image x sample) that are decoded at once: what caches hold well.
_ROWS_AT_ONCE = 2000


@keras.saving.register_keras_serializable("keras_gen")
class VAE(latent_model.LatentModel):
    """A variational autoencoder over images.

    Args:
        config: a VAEConfig; or its fields as keyword arguments.
        encoder: your own network, [B, H, W, C] to [B, 2 Z]: loc, then the
            logarithm of the variance.
        decoder: your own network, [B, Z] to [B, H, W, C].
        **kwargs: fields of VAEConfig, `name`, `dtype`.

    Raises:
        ValueError: a field or the shape of a network is wrong.

    Reference: Kingma and Welling 2013, arXiv 1312.6114.
    """

    Config = vae_config.VAEConfig
    loss_names = ("loss", "elbo", "rate", "distortion")

    def __init__(
        self,
        config: vae_config.VAEConfig | None = None,
        *,
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, encoder, decoder, codes=2, **kwargs)

    def posterior(
        self, images: tf.Tensor, training: bool = False
    ) -> tfd.Independent:
        """q(z | x) of images [B, H, W, C], with batch shape [B]."""
        code = self.encoder(images, training=training)  # [B, 2 Z]
        loc, log_variance = tf.split(code, 2, axis=-1)
        return _diagonal_normal(loc, tf.exp(0.5 * log_variance))

    @property
    def prior(self) -> tfd.Independent:
        """p(z)."""
        ones = tf.ones((self.config.latent_size,))
        return _diagonal_normal(tf.zeros_like(ones), ones)

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        images = batch["images"]
        q = self.posterior(images, training)
        rate = tfd.kl_divergence(q, self.prior)  # [B]
        count = self.config.num_importance_samples
        latent = _sample(q, seed, count)  # [K, B, Z]
        log_likelihood = self._log_likelihood(images, latent, training)
        distortion = -tf.reduce_mean(log_likelihood, axis=0)  # [B]
        if count == 1:
            # Kingma and Welling 2013, Eq. 10, with beta, free bits, warm-up.
            loss = distortion + self._rate_cost(rate)
        else:
            weight = self._log_weight(log_likelihood, latent, q)
            loss = -_log_mean_exp(weight)  # Burda et al. 2015, Eq. 8.
        return {
            "loss": loss,
            "elbo": -(distortion + rate),
            "rate": rate,
            "distortion": distortion,
        }

    def latent_of(self, images: tf.Tensor) -> tf.Tensor:
        return self.posterior(images).mean()

    def log_prob(
        self,
        images: Any,
        num_samples: int = 5000,
        seed: int = 0,
        jit_compile: bool = True,
    ) -> np.ndarray:
        """Estimates log p(x) from below by importance sampling.

        Args:
            images: [B, H, W, C] float32 in [-1, 1], any B.
            num_samples: k of the bound, for each image.
            seed: equal seeds give equal estimates.
            jit_compile: whether XLA compiles the estimator.

        Returns:
            [B] float32, nats.

        Raises:
            ValueError: the images do not fit, or `num_samples` is below 1.

        Reference: Burda et al. 2015, Eq. 8.
        """
        if num_samples < 1:
            raise ValueError(
                f"`num_samples` must be at least 1. Received: {num_samples}."
            )
        images = np.asarray(images)
        self.image_spec.check(images, "images")
        chunk = min(num_samples, _ROWS_AT_ONCE // 20)
        rows = _ROWS_AT_ONCE // chunk
        estimate = self._estimator(num_samples, chunk, rows, jit_compile)
        results = []
        for first in range(0, len(images), rows):
            part = images[first : first + rows]
            missing = rows - len(part)  # One shape, so one compilation.
            padded = np.pad(part, [(0, missing), (0, 0), (0, 0), (0, 0)])
            index = tf.range(first, first + rows)
            row_seeds = seeds.fold(tf.fill((rows,), seed), index)
            results.append(estimate(padded, row_seeds)[: len(part)])
        return np.concatenate(results)

    def _estimator(self, num_samples, chunk, rows, jit_compile):
        """Compiled (images, seed) -> log p(x) [rows], by chunks of samples."""
        key = ("log_prob", num_samples, chunk, rows)

        def estimate(images, seed):
            q = self.posterior(images)
            total = tf.fill((rows,), -math.inf)  # log of the sum of weights
            for first in tf.range(0, num_samples, chunk):
                latent = _sample(q, seeds.fold(seed, first), chunk)
                likelihood = self._log_likelihood(images, latent, False)
                weight = self._log_weight(likelihood, latent, q)
                index = first + tf.range(chunk)[:, tf.newaxis]  # [K, 1]
                weight = tf.where(index < num_samples, weight, -math.inf)
                part = tf.reduce_logsumexp(weight, axis=0)
                total = tfp.math.log_add_exp(total, part)
            return total - math.log(num_samples)

        return self.program(key, estimate, jit_compile)

    def _rate_cost(self, rate: tf.Tensor) -> tf.Tensor:
        """beta max(rate - free bits, 0), [B] nats.

        Reference: Higgins et al. 2017 (beta); Roberts et al. 2018,
        arXiv 1803.05428, section 5 (free bits on the summed rate); Bowman et
        al. 2015, arXiv 1511.06349 (warm-up).
        """
        beta = self.config.beta
        if self.config.free_bits:
            free_nats = self.config.free_bits * math.log(2)
            rate = tf.maximum(rate - free_nats, 0.0)
        if self.config.kl_warmup_steps:
            step = tf.cast(self.step.value, tf.float32)
            beta *= tf.minimum(step / self.config.kl_warmup_steps, 1.0)
        return beta * rate

    def _log_likelihood(self, images, latent, training) -> tf.Tensor:
        """log p(x | z) of latent [K, B, Z]: [K, B]."""
        p_x = self.distribution_of(latent, training)
        return likelihoods.log_prob(p_x, images)

    def _log_weight(self, log_likelihood, latent, q) -> tf.Tensor:
        """log p(x, z) / q(z | x) of latent [K, B, Z]: [K, B]."""
        return log_likelihood + self.prior.log_prob(latent) - q.log_prob(latent)


def _diagonal_normal(loc: tf.Tensor, scale: tf.Tensor) -> tfd.Independent:
    """N(loc, diag(scale^2)); TFP's MultivariateNormalDiag is far slower."""
    return tfd.Independent(tfd.Normal(loc, scale), 1)


def _sample(q, seed: tf.Tensor, count: int) -> tf.Tensor:
    """z = loc + scale * noise: [K, B, Z]."""
    loc, scale = q.mean(), q.stddev()
    noise = seeds.compiled_normal(seed, (count, loc.shape[-1]))  # [B, K, Z]
    return loc + scale * tf.transpose(noise, (1, 0, 2))


def _log_mean_exp(values: tf.Tensor) -> tf.Tensor:
    count = math.log(values.shape[0])
    return tf.reduce_logsumexp(values, axis=0) - count

"""An autoencoder whose codes are maps, and what can be asked of it.

    posterior   q(z | x) = N(mean(x), exp(log_variance(x))), maps [h, w, Z]
    latent      mean(x) scale

`scale` makes the standard deviation of all numbers of all maps 1, which is
what a diffusion model expects; Stable Diffusion's is 0.18215. It is 1 until
`adapt_scale` has measured it.

Reference: Rombach et al. 2021, arXiv 2112.10752, section 3.1 and appendix G.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen import image_autoencoder, networks

tfd = tfp.distributions

_LEAST_LOG_VARIANCE, _GREATEST_LOG_VARIANCE = -30.0, 20.0
_ROWS_AT_ONCE = 100


class LatentMaps(image_autoencoder.ImageAutoencoder):
    """Encoder, decoder, and the scale of what lies between them.

    Args:
        config: as in `GenerativeModel`.
        encoder: the user's network, [B, H, W, C] to means and log variances
            [B, h, w, 2 Z].
        decoder: the user's network, [B, h, w, Z] to [B, H, W, C].
        **kwargs: as in `GenerativeModel`.

    Raises:
        ValueError: a network has other input or output shapes.
    """

    def __init__(
        self,
        config: Any,
        encoder: keras.Model | None,
        decoder: keras.Model | None,
        **kwargs: Any,
    ) -> None:
        given = {"encoder": encoder, "decoder": decoder}
        super().__init__(config, networks=given, **kwargs)
        self.encoder = encoder or self._encoder()
        self.decoder = decoder or self._decoder()
        images, maps = self.config.image_shape, self.latent_shape
        moments = (*maps[:2], 2 * maps[2])
        fields = "`image_shape`, `widths` and `latent_channels`"
        check = image_autoencoder.check_network
        check(self.encoder, "encoder", images, moments, fields)
        check(self.decoder, "decoder", maps, images, fields)
        self.scale = self.add_weight(
            shape=(),
            initializer="ones",
            trainable=False,
            autocast=False,  # Its product with a map stays float32.
            name="scale",
        )

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return self.config.latent_shape

    def posterior(
        self, images: tf.Tensor, training: bool = False
    ) -> tfd.Independent:
        """q(z | x), not scaled, of images [B, H, W, C]: maps [h, w, Z]."""
        moments = self.encoder(images, training=training)
        mean, log_variance = tf.split(moments, 2, axis=-1)
        log_variance = tf.clip_by_value(
            log_variance, _LEAST_LOG_VARIANCE, _GREATEST_LOG_VARIANCE
        )
        return tfd.Independent(tfd.Normal(mean, tf.exp(0.5 * log_variance)), 3)

    def latent_of(self, images: tf.Tensor) -> tf.Tensor:
        return self.scale.value * self.posterior(images).mean()

    def images_of(self, latent: tf.Tensor) -> tf.Tensor:
        images = self.decoder(latent / self.scale.value, training=False)
        return tf.clip_by_value(images, -1.0, 1.0)

    def adapt_scale(self, images: Any) -> float:
        """Sets `scale` to 1 / std of what the posteriors of images draw.

        Call it when training has ended: another encoder has another scale.

        Args:
            images: [N, H, W, C] float32 in [-1, 1]; a few hundred do.

        Returns:
            The scale.

        Raises:
            ValueError: the images do not fit, or all maps are one number.

        Reference: Rombach et al. 2021, arXiv 2112.10752, appendix G, with all
        noise taken into account instead of drawn once.
        """
        images = np.asarray(images)
        self.image_spec.check(images, "images")
        means, squares = [], []
        for start in range(0, len(images), _ROWS_AT_ONCE):
            q = self.posterior(images[start : start + _ROWS_AT_ONCE])
            mean = np.asarray(q.mean(), np.float64)
            means.append(mean.sum())
            variance = np.asarray(q.variance(), np.float64)
            squares.append((mean**2 + variance).sum())
        count = len(images) * self.config.latent_size
        mean, square = sum(means) / count, sum(squares) / count
        variance = square - mean**2
        if not variance > 1e-12 * square:
            raise ValueError(
                "`images` must have latent maps that differ. Received "
                f"{len(images)} images whose maps are {mean:.3g} everywhere. "
                "Give more images, after training."
            )
        self.scale.assign(variance**-0.5)
        return float(variance**-0.5)

    def _encoder(self) -> keras.Model:
        # For any height and width: a diffusion model may draw other sizes.
        return networks.kl_encoder(
            (None, None, self.config.image_shape[-1]),
            latent_channels=self.config.latent_channels,
            name="encoder",
            **self._sizes(),
        )

    def _decoder(self) -> keras.Model:
        return networks.kl_decoder(
            (None, None, self.config.latent_channels),
            output_channels=self.config.image_shape[-1],
            name="decoder",
            **self._sizes(),
        )

    def _sizes(self) -> dict[str, Any]:
        return {
            "widths": self.config.widths,
            "num_blocks": self.config.num_blocks,
            "num_groups": self.config.num_groups,
            "dtype": self.dtype_policy,
        }

"""What the autoencoder and the VAE share: a code, and a likelihood."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import image_autoencoder, networks
from keras_gen.models.vae import likelihoods


class LatentModel(image_autoencoder.ImageAutoencoder):
    """An encoder, a decoder and a likelihood.

    Args:
        config: as in `GenerativeModel`.
        encoder: the user's network, images [B, H, W, C] to [B, codes * Z].
        decoder: the user's network, latent [B, Z] to parameters
            [B, H, W, C] of the likelihood.
        codes: numbers of the encoder for each of the Z latent dimensions.
        **kwargs: as in `GenerativeModel`.

    Raises:
        ValueError: a network has other input or output shapes.
    """

    def __init__(
        self,
        config: Any,
        encoder: keras.Model | None,
        decoder: keras.Model | None,
        codes: int,
        **kwargs: Any,
    ) -> None:
        given = {"encoder": encoder, "decoder": decoder}
        super().__init__(config, networks=given, **kwargs)
        latent_shape = self.latent_shape
        code_shape = (codes * self.config.latent_size,)
        shape = self.config.image_shape
        self.encoder = encoder or self._encoder(code_shape[0])
        self.decoder = decoder or self._decoder()
        fields = "`image_shape` and `latent_size`"
        check = image_autoencoder.check_network
        check(self.encoder, "encoder", shape, code_shape, fields)
        check(self.decoder, "decoder", latent_shape, shape, fields)
        self.likelihood = likelihoods.LIKELIHOODS[self.config.likelihood]
        self.log_scale = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(
                math.log(self.config.scale)
            ),
            trainable=self.config.learn_scale,
            autocast=False,  # Beside the networks all is float32.
            name="log_scale",
        )
        self.offset = self.add_weight(
            shape=shape,
            initializer="zeros",
            trainable=False,
            autocast=False,
            name="offset",
        )

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (self.config.latent_size,)

    def adapt(self, images: Any) -> None:
        """Lets the decoder start from the mean image of the training data.

        The decoder then learns what differs, which saves many epochs.

        Args:
            images: [N, H, W, C] float32 in [-1, 1], or their mean with N = 1.

        Reference: Burda et al. 2015, arXiv 1509.00519, whose code starts the
        biases of the output at the mean.
        """
        images = np.asarray(images)
        self.image_spec.check(images, "images")
        mean = tf.constant(images.mean(axis=0))
        self.offset.assign(likelihoods.parameters_of(self.likelihood, mean))

    def distribution_of(
        self, latent: tf.Tensor, training: bool = False
    ) -> likelihoods.tfd.Distribution:
        """p(x | z) of latent [..., Z], with images [..., H, W, C]."""
        flat = tf.reshape(latent, (-1, self.config.latent_size))
        parameters = self.decoder(flat, training=training) + self.offset.value
        shape = (*latent.shape[:-2], -1, *self.config.image_shape)
        parameters = tf.reshape(parameters, shape)
        return self.likelihood(parameters, self.log_scale.value)

    def images_of(self, latent: tf.Tensor) -> tf.Tensor:
        """The mean of p(x | z), cut to the range of an image."""
        mean = self.distribution_of(latent).mean()
        return tf.clip_by_value(mean, -1.0, 1.0)

    def _encoder(self, output_size: int) -> keras.Model:
        options = self._network_options("encoder")
        shape, widths = self.config.image_shape, self.config.widths
        if self.config.network == "mlp":
            return networks.mlp(
                shape,
                widths,
                (output_size,),
                inputs_are_images=True,
                **options,
            )
        return networks.conv_encoder(shape, widths, output_size, **options)

    def _decoder(self) -> keras.Model:
        options = self._network_options("decoder")
        shape, widths = self.config.image_shape, self.config.widths
        latent_size = self.config.latent_size
        if self.config.network == "mlp":
            return networks.mlp((latent_size,), widths[::-1], shape, **options)
        return networks.conv_decoder(latent_size, widths, shape, **options)

    def _network_options(self, name: str) -> dict[str, Any]:
        return {
            "activation": self.config.activation,
            "dtype": self.dtype_policy,
            "name": name,
        }

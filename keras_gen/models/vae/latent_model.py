"""What the autoencoder and the VAE share: a code, and ways to look at it."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, endpoint, networks, spec
from keras_gen.models.vae import likelihoods
from keras_gen.ops import images as image_ops
from keras_gen.ops import seeds


class LatentModel(base.GenerativeModel):
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
        latent_shape = (self.config.latent_size,)
        code_shape = (codes * self.config.latent_size,)
        shape = self.config.image_shape
        self.encoder = encoder or self._encoder(code_shape[0])
        self.decoder = decoder or self._decoder()
        _check_network(self.encoder, "encoder", shape, code_shape)
        _check_network(self.decoder, "decoder", latent_shape, shape)
        self.likelihood = likelihoods.LIKELIHOODS[self.config.likelihood]
        self.log_scale = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(
                math.log(self.config.scale)
            ),
            trainable=self.config.learn_scale,
            name="log_scale",
        )
        self.offset = self.add_weight(
            shape=shape, initializer="zeros", trainable=False, name="offset"
        )

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        return {"images": self._image_spec}

    def adapt(self, images: Any) -> None:
        """Lets the decoder start from the mean image of the training data.

        The decoder then learns what differs, which saves many epochs.

        Args:
            images: [N, H, W, C] float32 in [-1, 1], or their mean with N = 1.

        Reference: Burda et al. 2015, arXiv 1509.00519, whose code starts the
        biases of the output at the mean.
        """
        images = np.asarray(images)
        self._image_spec.check(images, "images")
        mean = tf.constant(images.mean(axis=0))
        self.offset.assign(likelihoods.parameters_of(self.likelihood, mean))

    def latent_of(self, images: tf.Tensor) -> tf.Tensor:
        """The code [B, Z] of images [B, H, W, C]; a subclass says which."""
        raise NotImplementedError(f"{type(self).__name__}.latent_of")

    def distribution_of(
        self, latent: tf.Tensor, training: bool = False
    ) -> likelihoods.tfd.Distribution:
        """p(x | z) of latent [..., Z], with images [..., H, W, C]."""
        flat = tf.reshape(latent, (-1, self.config.latent_size))
        parameters = self.decoder(flat, training=training) + self.offset.value
        shape = (*latent.shape[:-2], -1, *self.config.image_shape)
        parameters = tf.reshape(parameters, shape)
        return self.likelihood(parameters, self.log_scale.value)

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Reconstructs images [B, H, W, C]."""
        return self._mean_image(self.latent_of(images))

    def encode(self, images: Any) -> tf.Tensor:
        """Images [B, H, W, C] to their latent [B, Z]."""
        return self.run("encode", images=images)["latent"]

    def decode(self, latent: Any) -> tf.Tensor:
        """Latent [B, Z] to images [B, H, W, C], the mean of p(x | z)."""
        return self.run("decode", latent=latent)["images"]

    def reconstruct(self, images: Any) -> tf.Tensor:
        """Images to themselves by way of their latent, [B, H, W, C]."""
        return self.run("reconstruct", images=images)["images"]

    def generate(self, num: int, seed: int = 0) -> tf.Tensor:
        """New images.

        Args:
            num: how many.
            seed: of the first; image i has seed + i, so the same picture comes
                from a server or a phone when asked for that seed.

        Returns:
            [num, H, W, C] float32 in [-1, 1].
        """
        row_seeds = np.arange(seed, seed + num, dtype=np.int32)
        return self.run("generate", seed=row_seeds)["images"]

    def interpolate(self, start: Any, end: Any, num_steps: int) -> tf.Tensor:
        """Images on straight lines between the codes of two images.

        Args:
            start: [B, H, W, C] in [-1, 1].
            end: [B, H, W, C] in [-1, 1].
            num_steps: images on each line, both ends included.

        Returns:
            [B, num_steps, H, W, C].
        """
        weight = tf.linspace(0.0, 1.0, num_steps)[:, tf.newaxis]
        first = self.encode(start)[:, tf.newaxis]  # [B, 1, Z]
        last = self.encode(end)[:, tf.newaxis]
        latent = first + weight * (last - first)  # [B, num_steps, Z]
        flat = tf.reshape(latent, (-1, self.config.latent_size))
        shape = (-1, num_steps, *self.config.image_shape)
        return tf.reshape(self.decode(flat), shape)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        images, latent = self._image_spec, self._latent_spec
        seed = spec.Spec((), "int32", doc="Equal seeds give equal images.")
        png = spec.Spec((), "string", doc="A PNG file.")
        return {
            "generate": endpoint.Endpoint(
                lambda seed: {"images": self._images_of(seed)},
                {"seed": seed},
                {"images": images},
                "New images.",
            ),
            "decode": endpoint.Endpoint(
                lambda latent: {"images": self._mean_image(latent)},
                {"latent": latent},
                {"images": images},
                "Images of codes.",
            ),
            "encode": endpoint.Endpoint(
                lambda images: {"latent": self.latent_of(images)},
                {"images": images},
                {"latent": latent},
                "Codes of images.",
            ),
            "reconstruct": endpoint.Endpoint(
                lambda images: {"images": self(images)},
                {"images": images},
                {"images": images},
                "Images after encoding and decoding.",
            ),
            "generate_png": endpoint.Endpoint(
                lambda seed: {
                    "images_bytes": image_ops.encode_png(self._images_of(seed))
                },
                {"seed": seed},
                {"images_bytes": png},
                "New images as PNG files, for clients without TensorFlow.",
                mobile=False,
            ),
        }

    def _images_of(self, seed: tf.Tensor) -> tf.Tensor:
        return self._mean_image(seeds.normal(seed, (self.config.latent_size,)))

    def _mean_image(self, latent: tf.Tensor) -> tf.Tensor:
        """The mean of p(x | z), cut to the range of an image."""
        mean = self.distribution_of(latent).mean()
        return tf.clip_by_value(mean, -1.0, 1.0)

    @property
    def _image_spec(self) -> spec.Spec:
        shape = self.config.image_shape
        return spec.Spec(shape, "float32", -1.0, 1.0, "Images in [-1, 1].")

    @property
    def _latent_spec(self) -> spec.Spec:
        return spec.Spec((self.config.latent_size,), doc="Codes.")

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


def _check_network(network, name, input_shape, output_shape) -> None:
    received = network.input_shape[1:], network.output_shape[1:]
    expected = tuple(input_shape), tuple(output_shape)
    if received != expected:
        raise ValueError(
            f"`{name}` must map [B, {_show(expected[0])}] to "
            f"[B, {_show(expected[1])}]. Received a network from "
            f"[B, {_show(received[0])}] to [B, {_show(received[1])}]. Change "
            "the network, or `image_shape` and `latent_size`."
        )


def _show(shape: tuple[int | None, ...]) -> str:
    return ", ".join(str(size) for size in shape)

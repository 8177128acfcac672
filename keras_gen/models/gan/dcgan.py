"""Deep convolutional GAN, with or without classes.

Besides drawing, it is a way to learn features without labels: `features` gives
what the discriminator sees, on which a linear classifier can be trained.

Reference: Radford, Metz and Chintala 2015, arXiv 1511.06434.
"""

import math
import statistics
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import networks
from keras_gen.models.gan import adversarial_model, dcgan_config

_POOLED_SIZE = 4


@keras.saving.register_keras_serializable("keras_gen")
class DCGAN(adversarial_model.AdversarialModel):
    """A deep convolutional GAN over images.

    Args:
        config: a DCGANConfig; or its fields as keyword arguments.
        generator: your own network, latent [B, Z] (and labels [B]) to images
            [B, H, W, C] in [-1, 1].
        discriminator: your own network, images (and labels) to logits [B, 1],
            or [B, 1 + V] with an auxiliary classifier.
        **kwargs: fields of DCGANConfig, `name`, `dtype`.

    Raises:
        ValueError: a field or the shape of a network is wrong.

    Reference: Radford et al. 2015, arXiv 1511.06434.
    """

    Config = dcgan_config.DCGANConfig

    def __init__(
        self,
        config: dcgan_config.DCGANConfig | None = None,
        *,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        given = {"generator": generator, "discriminator": discriminator}
        super().__init__(config, networks=given, **kwargs)
        config = self.config
        options = {
            "image_shape": config.image_shape,
            "num_classes": config.num_classes,
            "label_embedding_size": config.label_embedding_size,
            "dtype": self.dtype_policy,
        }
        self._set_networks(
            generator
            or networks.dcgan_generator(
                config.latent_size,
                config.generator_widths,
                conditioning=config.generator_conditioning,
                norm=config.generator_norm,
                dropout=config.generator_dropout,
                dropout_threshold=self._threshold(),
                noise=config.generator_noise,
                **options,
            ),
            discriminator
            or networks.dcgan_discriminator(
                widths=config.discriminator_widths,
                conditioning=config.conditioning,
                auxiliary=bool(config.auxiliary_weight),
                norm=config.discriminator_norm,
                spectral_norm=config.spectral_norm,
                minibatch_deviation=config.minibatch_deviation,
                **options,
            ),
        )

    def _encoder(self) -> keras.Model:
        return networks.conv_encoder(
            self.config.image_shape,
            self.config.discriminator_widths,
            2 * self.code_size,
            dtype=self.dtype_policy,
            name="encoder",
        )

    @property
    def code_size(self) -> int:
        config = self.config
        size, widths = config.latent_size, config.generator_widths
        if "generator" in self._given_networks:
            return size
        if config.generator_dropout:
            size += sum(widths)
        if config.generator_noise:
            scale = 2 ** len(widths)
            smallest = [math.ceil(side / scale) for side in config.image_shape]
            # Places of all layers: each has four times those before it.
            size += math.prod(smallest[:2]) * (4 ** len(widths) - 1) // 3
        return size

    def _threshold(self) -> float:
        """Below which a share of `generator_dropout` of latent numbers lie."""
        rate = self.config.generator_dropout
        if self.config.latent == "uniform" or not rate:
            return 2.0 * rate - 1.0
        return statistics.NormalDist().inv_cdf(rate)

    def features(self, images: Any, batch_size: int = 250) -> np.ndarray:
        """What the discriminator sees, for a linear classifier.

        The maps of all convolutions are pooled to 4x4 by their maxima and
        joined.

        Args:
            images: [N, H, W, C] float32 in [-1, 1].
            batch_size: images at once.

        Returns:
            [N, 16 * (sum of `discriminator_widths`)] float32.

        Raises:
            ValueError: the images do not fit, or the discriminator is your own
                and has no layers called map_0, map_1, ...

        Reference: Radford et al. 2015, arXiv 1511.06434, section 5.1.
        """
        images = np.asarray(images)
        self.image_spec.check(images, "images")
        maps = [
            layer.output
            for layer in self.discriminator.layers
            if layer.name.startswith("map_")
        ]
        if not maps:
            raise ValueError(
                "`features` needs convolutions called map_0, map_1, ... in "
                "the discriminator. Received a network without. Name them so."
            )
        network = keras.Model(self.discriminator.inputs, maps)
        compute = tf.function(lambda *x: list(map(_pooled, network(list(x)))))
        found = []
        for first in range(0, len(images), batch_size):
            part = images[first : first + batch_size]
            inputs = [part]
            if self.config.num_classes:  # Labels join after the maps.
                inputs.append(np.zeros(len(part), np.int32))
            pooled = compute(*map(tf.convert_to_tensor, inputs))
            flat = [np.reshape(each, (len(part), -1)) for each in pooled]
            found.append(np.concatenate(flat, axis=1))
        return np.concatenate(found)


def _pooled(maps: tf.Tensor) -> tf.Tensor:
    """Maxima over a grid of 4x4 cells: [B, 4, 4, C]."""
    for axis in (1, 2):
        size = maps.shape[axis]
        count = min(_POOLED_SIZE, size)
        edges = np.linspace(0, size, count + 1).round().astype(int)
        cells = [
            tf.reduce_max(
                tf.gather(maps, tf.range(low, high), axis=axis),
                axis=axis,
                keepdims=True,
            )
            for low, high in zip(edges[:-1], edges[1:], strict=True)
        ]
        maps = tf.concat(cells, axis=axis)
    return maps

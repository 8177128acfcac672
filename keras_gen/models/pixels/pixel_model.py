"""Pixel models: an image is a sequence, each value given those before.

    log p(x) = sum over i of log p(x_i | x_1 ... x_(i-1))          Eq. 1

in raster order, the channels of a pixel one after the other. A value is one of
V levels, at equal distances from -1 to 1; level k is token k. A network gives
all factors at once for an image that is there, and one after the other for one
that is drawn.

Reference: van den Oord et al. 2016, arXiv 1601.06759.
"""

import dataclasses
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import endpoint, image_model, protocols, samplers, spec
from keras_gen.models.pixels import asking, pixel_config, pixel_endpoints

# Images whose log p is computed at once.
_ROWS_AT_ONCE = 250


class PixelModel(image_model.ImageModel):
    """What pixel models have in common.

    Args:
        config: as in `GenerativeModel`.
        network: the user's own, or None: a `networks.PixelNetwork`, images
            [B, H, W, C] to outputs [B, H, W, P], with `step`.
        **kwargs: as in `GenerativeModel`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.
    """

    def __init__(
        self,
        config: pixel_config.PixelConfig | None = None,
        *,
        network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, networks={"network": network}, **kwargs)
        self.network = network or self._network()
        expected = (self.config.image_shape, self.num_outputs)
        found = (self.network.image_shape, self.network.num_outputs)
        if found != expected:
            raise ValueError(
                "`network` must map images {} to {} outputs of a pixel. "
                "Received one that maps {} to {}.".format(*expected, *found)
            )

    # What a subclass defines.

    def _network(self) -> keras.Model:
        raise NotImplementedError(f"{type(self).__name__}._network")

    @property
    def num_outputs(self) -> int:
        """P, numbers that the network says of a pixel."""
        return self.config.num_levels * self.config.image_shape[2]

    def log_probs_of(
        self, images: tf.Tensor, labels: tf.Tensor | None = None
    ) -> tf.Tensor:
        """log p [B, H, W, C], nats, of each value given those before."""
        outputs = self.network(images, labels)
        size = self.config.num_levels
        shape = (-1, *self.config.image_shape, size)
        log_probs = tf.nn.log_softmax(tf.reshape(outputs, shape))
        tokens = self.tokens_of(images)[..., tf.newaxis]
        return tf.gather(log_probs, tokens, axis=4, batch_dims=4)[..., 0]

    def logits_of(self, outputs: tf.Tensor, state: dict) -> tf.Tensor:
        """[B, V] of the value that comes next.

        Args:
            outputs: [B, P] of its pixel.
            state: that of the network, with `pixel` and `channel`.
        """
        channels, size = self.config.image_shape[2], self.config.num_levels
        if channels == 1:
            return outputs
        logits = tf.reshape(outputs, (-1, channels, size))
        return tf.gather(logits, state["channel"], axis=1)

    # What follows from it.

    @property
    def image_spec(self) -> spec.Spec:
        count = self.config.num_levels
        return dataclasses.replace(
            super().image_spec,
            num_levels=count,
            doc=f"Images in [-1, 1], {count} levels.",
        )

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        found = self.log_probs_of(batch["images"], batch.get("labels"))
        return {"loss": -tf.reduce_sum(found, axis=(1, 2, 3))}

    def tokens_of(self, images: tf.Tensor) -> tf.Tensor:
        """Images in [-1, 1] as levels 0 to V - 1, int32."""
        factor = (self.config.num_levels - 1) / 2.0
        return tf.cast(tf.round((images + 1.0) * factor), tf.int32)

    def values_of(self, tokens: tf.Tensor) -> tf.Tensor:
        """The inverse: levels as float32 in [-1, 1]."""
        factor = 2.0 / (self.config.num_levels - 1)
        return tf.cast(tokens, tf.float32) * factor - 1.0

    def step_of(self, labels: tf.Tensor | None = None) -> protocols.StepFn:
        """A StepFn over the values of an image; its first token says nothing.

        Args:
            labels: [B] int32 of the rows, where there are classes.
        """
        condition = self.network.condition(labels)

        def step(tokens, state):
            values = self.values_of(tokens)
            outputs, state = self.network.step(values, state, condition)
            return self.logits_of(outputs, state), state

        return step

    def draw(
        self,
        known: samplers.Known,
        seed: tf.Tensor,
        labels: tf.Tensor | None = None,
        temperature: Any = None,
    ) -> tf.Tensor:
        """Images [B, H, W, C], pixel by pixel in one loop.

        Args:
            known: tokens [B, 1 + H W C], a start before those of the image.
            seed: [B] int32.
            labels: [B] int32, where there are classes.
            temperature: the Config's where None.
        """
        if temperature is None:
            temperature = self.config.temperature
        found = samplers.generate(
            self.step_of(labels),
            self.network.initial_state(tf.shape(seed)[0]),
            known,
            1 + math.prod(self.config.image_shape),
            seed,
            filters=samplers.LogitFilters(temperature),
            vocabulary_size=self.config.num_levels,
        )
        shape = (-1, *self.config.image_shape)
        return tf.reshape(self.values_of(found.tokens[:, 1:]), shape)

    # Asking.

    def call(self, images: tf.Tensor, labels: Any = None) -> tf.Tensor:
        """Outputs [B, H, W, P] of images [B, H, W, C]."""
        return self.network(images, labels)

    def generate(
        self, num: int, seed: int = 0, label: Any = None, **how: Any
    ) -> tf.Tensor:
        """New images; see `asking.generate`."""
        return asking.generate(self, num, seed, label, **how)

    def complete(
        self, images: Any, mask: Any, num: int = 1, seed: int = 0, **how: Any
    ) -> tf.Tensor:
        """Images with what is hidden drawn anew; see `asking.complete`."""
        return asking.complete(self, images, mask, num, seed, **how)

    def log_prob(self, images: Any, label: Any = None) -> np.ndarray:
        """log p(x) [B], nats.

        Args:
            images: [B, H, W, C] float32 of the declared levels.
            label: a class for all, or [B]; where there are classes.

        Raises:
            ValueError: the images or labels do not fit.
        """
        images = np.asarray(images)
        labels = asking.labels_of(self, len(images), label)
        self.image_spec.check(images, "images")
        found = []
        for first in range(0, len(images), _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            part = {name: each[rows] for name, each in labels.items()}
            found.append(
                self.run("log_prob", images=images[rows], **part)["log_prob"]
            )
        return np.concatenate(found)

    def bits_per_dim(self, images: Any, label: Any = None) -> np.ndarray:
        """-log2 p(x) [B] for each of the H W C values; as `log_prob`."""
        count = math.prod(self.config.image_shape) * math.log(2.0)
        return -self.log_prob(images, label) / count

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        return pixel_endpoints.of(self)

"""How far an image is from the content of one and the style of another.

    loss = alpha content + beta sum_l lambda_l style_l + gamma variation

Targets are computed once; then an image costs one pass of the network. The
Gram matrix of several styles is the weighted mean of theirs: for weights that
add up to 1, sum_k w_k |G - A_k|^2 has the same gradient as |G - sum_k w_k
A_k|^2.

Reference: Gatys et al. 2016, "Image style transfer using convolutional neural
networks", Eq. 7; Johnson et al. 2016, arXiv 1603.08155, section 3.2, for the
total variation.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from keras_gen.losses import style
from keras_gen.models.style_transfer import given, objective_config

LOSS_NAMES = ("loss", "content", "style", "variation")


class Targets(NamedTuple):
    """What an image is to look like.

    Attributes:
        content: features [B, h, w, c] of each content layer.
        grams: [B, c, c] of each style layer.
    """

    content: list[tf.Tensor]
    grams: list[tf.Tensor]


class Objective:
    """Content, style and smoothness of images in the features of a network.

    Args:
        features: a FeatureFn of Keras with the layers of the Config.
        config: layers and weights.

    Raises:
        ValueError: the network lacks a layer; says which it has.
    """

    def __init__(
        self, features: keras.Model, config: objective_config.ObjectiveConfig
    ) -> None:
        self.features, self.config = features, config
        for each in config.layers:
            given.layer_of(features, each, "features")

    def content_of(self, images: tf.Tensor) -> list[tf.Tensor]:
        """Features of the content layers."""
        return self._split(self.features(images))[0]

    def grams_of(self, images: tf.Tensor) -> list[tf.Tensor]:
        """Gram matrices [B, c, c] of the style layers."""
        return self._split(self.features(images))[1]

    def losses(
        self, images: tf.Tensor, targets: Targets
    ) -> dict[str, tf.Tensor]:
        """{name: [B]} of LOSS_NAMES, of images [B, H, W, 3]."""
        config = self.config
        content, grams = self._split(self.features(images))
        found = {
            "content": _mean(content, targets.content, style.content_loss),
            "style": sum(
                weight * style.style_loss(*pair)
                for weight, *pair in zip(
                    config.layer_weights, grams, targets.grams, strict=True
                )
            ),
            "variation": _variation(images),
        }
        found["loss"] = (
            config.content_weight * found["content"]
            + config.style_weight * found["style"]
            + config.total_variation_weight * found["variation"]
        )
        return found

    def _split(self, found: Mapping[str, Any]) -> tuple[list, list]:
        content = self.config.names("content_layers")
        grams = [style.gram_matrix(found[n]) for n in self.config.names()]
        return [found[name] for name in content], grams


def _mean(found, wanted, loss):
    pairs = list(zip(found, wanted, strict=True))
    return sum(loss(*pair) for pair in pairs) / len(pairs)


def _variation(images: tf.Tensor) -> tf.Tensor:
    """Sum of the differences of neighbours for each number, [B]."""
    count = tf.cast(tf.reduce_prod(tf.shape(images)[1:]), images.dtype)
    return tf.image.total_variation(images) / count

"""Arbitrary style in one pass: the statistics of features are exchanged.

    AdaIN(x, y) = sd(y) (x - mean(x)) / sd(x) + mean(y)               Eq. 8
    t = AdaIN(f(c), f(s))
    image = g(strength t + (1 - strength) f(c))                       Eq. 14

f is an encoder that was trained to recognise things, and is frozen; the decoder
g learns to make images of t:

    content = mean of (f(g(t)) - t)^2                                 Eq. 12
    style   = sum over layers of the distance of means and deviations Eq. 13
    loss    = content + lambda style                                  Eq. 11

Differs from the paper: distances are mean squares, as in its code.

Reference: Huang and Belongie 2017, arXiv 1703.06868.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, endpoint, networks, spec
from keras_gen.losses import style as style_losses
from keras_gen.models.style_transfer import (
    adain_style_transfer_config,
    canvas,
    given,
)
from keras_gen.ops import images as image_ops

_STRIDE = adain_style_transfer_config.STRIDE


@keras.saving.register_keras_serializable("keras_gen")
class AdaINStyleTransfer(base.GenerativeModel):
    """Gives any image the style of any other.

        vgg = weights.vgg19(path, config.layers, padding="reflection")
        model = AdaINStyleTransfer(config, encoder=vgg)
        model.fit(photographs, paintings)
        model.stylize(photograph, painting, strength=0.8)

    Args:
        config: an AdaINStyleTransferConfig; or its fields as keyword
            arguments.
        encoder: a frozen network, images [B, H, W, 3] to {layer: maps}, such
            as `weights.vgg19`.
        decoder: your own network, from the maps of the last layer to images,
            such as `weights.adain_decoder`; a new one where None.
        **kwargs: fields of the Config, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, the encoder lacks a layer, or the decoder
            does not fit to it.

    Reference: Huang and Belongie 2017, arXiv 1703.06868.
    """

    Config = adain_style_transfer_config.AdaINStyleTransferConfig
    loss_names = ("loss", "content", "style")

    def __init__(
        self,
        config: adain_style_transfer_config.AdaINStyleTransferConfig
        | None = None,
        *,
        encoder: keras.Model,
        decoder: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        trained = {"encoder": encoder, "decoder": decoder}
        super().__init__(config, networks=trained, **kwargs)
        encoder.trainable = False
        self.encoder = encoder
        widths = [
            given.layer_of(encoder, name, "encoder").shape[-1]
            for name in self.config.layers
        ]
        self.decoder = decoder or networks.adain_decoder(
            widths, dtype=self.dtype_policy
        )
        received = self.decoder.compute_output_shape((None, 1, 1, widths[-1]))
        if tuple(received) != (None, _STRIDE, _STRIDE, 3):
            raise ValueError(
                f"`decoder` must map [B, h, w, {widths[-1]}] to [B, "
                f"{_STRIDE} h, {_STRIDE} w, 3]. Received one that maps 1x1 to "
                f"{tuple(received)}."
            )

    # Training.

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        return {"content": self.image_spec, "style": self.image_spec}

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        del seed
        layers = self.config.layers
        style = self.encoder(batch["style"])
        wanted = tf.stop_gradient(
            adaptive_instance_norm(
                self.encoder(batch["content"])[layers[-1]], style[layers[-1]]
            )
        )
        found = self.encoder(self.decoder(wanted, training=training))
        content = tf.reduce_mean(
            tf.square(found[layers[-1]] - wanted), axis=(1, 2, 3)
        )
        distance = sum(
            style_losses.statistics_loss(found[each], style[each])
            for each in layers
        )
        loss = content + self.config.style_weight * distance
        return {"loss": loss, "content": content, "style": distance}

    # What a Keras user calls.

    def call(
        self, content: tf.Tensor, style: tf.Tensor, strength: tf.Tensor
    ) -> tf.Tensor:
        """Contents [B, H, W, 3] in styles [B, h, w, 3], [B] of the way."""
        features = self._features(content)
        target = adaptive_instance_norm(features, self._features(style))
        return self._decoded(features, target, strength, content)

    def stylize(
        self,
        content: Any,
        style: Any,
        strength: float = 1.0,
        shares: Sequence[float] | None = None,
    ) -> tf.Tensor:
        """Gives images a style, or a mixture of styles.

        Args:
            content: [B, H, W, 3] float32 in [-1, 1], of any size.
            style: [B or 1, h, w, 3] of any size, or a list of several styles.
            strength: from 0, for the content as it is decoded, to 1.
            shares: of several styles, which add up to 1; equal where None.

        Returns:
            Images of the shape of `content`.

        Raises:
            ValueError: images, strength or shares do not fit.
        """
        content = given.checked(content, "content")
        several = style if isinstance(style, list | tuple) else [style]
        several = [given.checked(each, "style") for each in several]
        shares = canvas.shares_of(shares, len(several))
        if not 0 <= strength <= 1:
            raise ValueError(
                "`strength` must lie in [0, 1], from the content as it is to "
                f"the whole style. Received: {strength}."
            )
        run = self.program(("stylize", len(several)), self._mixed)
        return run(content, several, tf.constant(shares), strength)

    def _mixed(self, content, styles, shares, strength):
        features = self._features(content)
        targets = [
            adaptive_instance_norm(features, self._features(each))
            for each in styles
        ]
        target = sum(shares[i] * each for i, each in enumerate(targets))
        strength = tf.fill((tf.shape(content)[0],), strength)
        return self._decoded(features, target, strength, content)

    def _features(self, images):
        whole = given.padded(images, _STRIDE)
        return self.encoder(whole)[self.config.layers[-1]]

    def _decoded(self, features, target, strength, content):
        strength = strength[:, tf.newaxis, tf.newaxis, tf.newaxis]
        mixed = strength * target + (1.0 - strength) * features
        images = given.cropped(self.decoder(mixed), content)
        return tf.clip_by_value(images, -1.0, 1.0)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        image, file = self.image_spec, given.FILE
        strength = spec.Spec((), "float32", 0.0, 1.0, "Of the style.")
        example = given.example_file()

        def stylize_file(content_bytes, style_bytes, strength):
            rows = content_bytes, style_bytes, strength
            found = image_ops.map_files(self._file, *rows)
            return {"images_bytes": found}

        return {
            "stylize": endpoint.Endpoint(
                lambda content, style, strength: {
                    "images": self.call(content, style, strength)
                },
                {"content": image, "style": image, "strength": strength},
                {"images": image},
                "Contents in styles, of one size.",
            ),
            "stylize_file": endpoint.Endpoint(
                stylize_file,
                {
                    "content_bytes": file,
                    "style_bytes": file,
                    "strength": strength,
                },
                {"images_bytes": given.PNG},
                "Files of images of any size, in the style of others.",
                mobile=False,
                example={
                    "content_bytes": example,
                    "style_bytes": example,
                    "strength": np.ones((1,), np.float32),
                },
            ),
        }

    def _file(self, content, style, strength):
        content, style = map(given.decoded, (content, style))
        return self.call(content, style, strength[tf.newaxis])[0]


def adaptive_instance_norm(content: tf.Tensor, style: tf.Tensor) -> tf.Tensor:
    """Features of a content [B, h, w, c] with the statistics of a style's.

    Reference: Huang and Belongie 2017, arXiv 1703.06868, Eq. 8.
    """
    mean, deviation = style_losses.statistics(content)
    style_mean, style_deviation = style_losses.statistics(style)
    return (content - mean) / deviation * style_deviation + style_mean

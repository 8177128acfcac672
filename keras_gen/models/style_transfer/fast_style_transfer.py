"""Style transfer in one pass: a network learns what Gatys' loop searches for.

    loss = objective(f(x, k), content of x, Gram matrices of style k)

for photographs x and a style k, drawn anew for each row and step. The features
of the loss are those of another network, which is frozen, and saved with the
model so that it can learn on; what is exported is f alone.

Reference: Johnson et al. 2016, arXiv 1603.08155, Eq. 5; Dumoulin et al. 2016,
arXiv 1610.07629, for several styles.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, endpoint, networks, spec
from keras_gen.models.style_transfer import (
    canvas,
    fast_style_transfer_config,
    given,
    objective,
)
from keras_gen.networks import johnson
from keras_gen.ops import images as image_ops
from keras_gen.ops import seeds

_STYLE = 1  # Stream of a row's seed.


@keras.saving.register_keras_serializable("keras_gen")
class FastStyleTransfer(base.GenerativeModel):
    """A network of one or several styles, learned from photographs.

        vgg = weights.vgg19(path, config.layers)
        model = FastStyleTransfer(config, features=vgg, styles=[painting])
        model.fit(photographs)
        model.stylize(photograph)  # of any size

    Args:
        config: a FastStyleTransferConfig; or its fields as keyword arguments.
        features: a frozen network, images [B, H, W, 3] to {layer: maps}, such
            as `weights.vgg19`.
        styles: an image for each style, [H, W, 3] in [-1, 1], of any size;
            see `learn_styles`.
        network: your own network, (images [B, H, W, 3], shares of styles
            [B, K]) to images.
        **kwargs: fields of the Config, `name`, `dtype`.

    Raises:
        ValueError: a field, the features or the styles do not fit.
    """

    Config = fast_style_transfer_config.FastStyleTransferConfig
    loss_names = objective.LOSS_NAMES

    def __init__(
        self,
        config: fast_style_transfer_config.FastStyleTransferConfig
        | None = None,
        *,
        features: keras.Model,
        styles: Sequence[Any] | None = None,
        network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        trained = {"features": features, "network": network}
        super().__init__(config, networks=trained, **kwargs)
        config = self.config
        features.trainable = False
        self.features = features
        self.objective = objective.Objective(features, config)
        self.network = network or networks.style_transformer(
            config.num_styles,
            config.widths,
            config.num_blocks,
            kernel_size=config.kernel_size,
            dtype=self.dtype_policy,
        )
        self.grams = [
            self.add_weight(
                shape=(config.num_styles, size, size),
                initializer="zeros",
                trainable=False,
                autocast=False,
                name=f"gram_{name}",
            )
            for name in config.names()
            for size in (features.output[name].shape[-1],)
        ]
        if styles is not None:
            self.learn_styles(styles)

    def learn_styles(self, styles: Sequence[Any]) -> None:
        """Keeps the Gram matrices of style images.

        Args:
            styles: K of them, [H, W, 3] or [1, H, W, 3] float32 in [-1, 1], of
                any size.

        Raises:
            ValueError: another number, or not such images.
        """
        if len(styles) != self.config.num_styles:
            raise ValueError(
                f"`styles` must hold {self.config.num_styles} images, as "
                f"`num_styles` says. Received {len(styles)}."
            )
        images = [_batch_of_one(each, i) for i, each in enumerate(styles)]
        found = [self.objective.grams_of(each) for each in images]
        grams = [tf.concat(each, axis=0) for each in zip(*found, strict=True)]
        for kept, gram in zip(self.grams, grams, strict=True):
            kept.assign(gram)

    # Training.

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        return {"images": self.image_spec}

    def fit(self, *args: Any, **kwargs: Any) -> keras.callbacks.History:
        """Learns from photographs; see `ExactModel.fit`.

        Raises:
            ValueError: no style was learned.
        """
        if not any(np.any(each) for each in self.grams):
            raise ValueError(
                "`styles` are missing: there is nothing to learn from "
                "photographs alone. Give them to the constructor, or call "
                "`learn_styles`."
            )
        return super().fit(*args, **kwargs)

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        images = tf.convert_to_tensor(batch["images"])
        count = self.config.num_styles
        styles = tf.cast(seeds.uniform(seed, (), _STYLE) * count, tf.int32)
        targets = objective.Targets(
            [
                tf.stop_gradient(each)
                for each in self.objective.content_of(images)
            ],
            [tf.gather(each, styles) for each in self.grams],
        )
        shares = tf.one_hot(styles, count)
        found = self.network([images, shares], training=training)
        return self.objective.losses(found, targets)

    # What a Keras user calls.

    def call(self, images: tf.Tensor, styles: tf.Tensor) -> tf.Tensor:
        """Images [B, H, W, 3] in the styles [B, K], of any size."""
        whole = given.padded(images, johnson.STRIDE)
        found = given.cropped(self.network([whole, styles]), images)
        return tf.clip_by_value(found, -1.0, 1.0)

    def stylize(self, images: Any, styles: Any = 0) -> tf.Tensor:
        """Images in a style, or between styles.

        Args:
            images: [B, H, W, 3] float32 in [-1, 1], of any size.
            styles: the number of a style, or a share of each, [K] or [B, K].

        Returns:
            Images of the same shape.

        Raises:
            ValueError: images or styles do not fit.
        """
        images = given.checked(images, "images")
        shares = self._shares(styles, len(images))
        return self.program("stylize", self.call)(images, shares)

    def _shares(self, styles, num):
        count = self.config.num_styles
        if np.ndim(styles) == 0:
            if not 0 <= styles < count:
                raise ValueError(
                    f"`styles` must be a style from 0 to {count - 1}, or a "
                    f"share of each. Received: {styles}."
                )
            styles = np.eye(count)[int(styles)]
        if np.shape(styles)[-1] != count or not np.allclose(
            np.sum(styles, axis=-1), 1.0, atol=1e-3
        ):
            raise ValueError(
                f"`styles` must be {count} shares that add up to 1. Received: "
                f"{np.asarray(styles).tolist()}."
            )
        return tf.broadcast_to(tf.cast(styles, tf.float32), (num, count))

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        images, count = self.image_spec, self.config.num_styles
        styles = spec.Spec((count,), doc="Share of each style.")
        return {
            "stylize": endpoint.Endpoint(
                lambda images, styles: {"images": self.call(images, styles)},
                {"images": images, "styles": styles},
                {"images": images},
                "Images in a style, of one size.",
                example={
                    "images": images.example(1),
                    "styles": np.full((1, count), 1.0 / count, np.float32),
                },
            ),
            "stylize_file": endpoint.Endpoint(
                lambda image_bytes, styles: {
                    "images_bytes": image_ops.map_files(
                        self._file, image_bytes, styles
                    )
                },
                {"image_bytes": given.FILE, "styles": styles},
                {"images_bytes": given.PNG},
                "Files of images of any size, in a style.",
                mobile=False,
                example={
                    "image_bytes": given.example_file(),
                    "styles": np.full((1, count), 1.0 / count, np.float32),
                },
            ),
        }

    def _file(self, file, shares):
        image = given.decoded(file)
        return self.call(image, shares[tf.newaxis])[0]


def _batch_of_one(image, index):
    """[H, W, 3] or [1, H, W, 3] -> [1, H, W, 3]."""
    image = np.asarray(image)
    image = image if image.ndim == 4 else image[np.newaxis]
    return canvas.one(image, f"styles[{index}]")

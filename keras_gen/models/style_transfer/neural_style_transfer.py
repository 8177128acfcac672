"""Style transfer by optimisation: a frozen network, pixels that are trained.

    image = argmin over x of  alpha content(x) + beta style(x)

The features of the content and the Gram matrices of the style are computed
once, then each step is one pass through the network and back to the pixels.

Reference: Gatys et al. 2016, "Image style transfer using convolutional neural
networks"; Gatys et al. 2016, arXiv 1606.05897, for colours; Gatys et al. 2016,
arXiv 1611.07865, section 5, for several sizes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, endpoint, optimizers, spec
from keras_gen.models.style_transfer import (
    canvas,
    descent,
    lbfgs,
    neural_style_transfer_config,
    objective,
)


@keras.saving.register_keras_serializable("keras_gen")
class NeuralStyleTransfer(base.GenerativeModel):
    """Paints the content of one image in the style of others.

        vgg = weights.vgg19(path, config.layers, pooling="avg")
        model = NeuralStyleTransfer(config, features=vgg)
        model.stylize(photograph, painting)

    In Keras terms it is a model whose only trainable weight is `image`: `fit`
    minimises the mean loss of that image over pairs of content and style.

    Args:
        config: a NeuralStyleTransferConfig; or its fields as keyword
            arguments.
        features: a frozen network, images [B, H, W, 3] to {layer: maps}, such
            as `weights.vgg19`.
        **kwargs: fields of the Config, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network lacks a layer.
    """

    Config = neural_style_transfer_config.NeuralStyleTransferConfig
    loss_names = objective.LOSS_NAMES

    def __init__(
        self,
        config: neural_style_transfer_config.NeuralStyleTransferConfig
        | None = None,
        *,
        features: keras.Model,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, networks={"features": features}, **kwargs)
        features.trainable = False
        self.features = features
        self.objective = objective.Objective(features, self.config)
        self._by_lbfgs = descent.ByLBFGS(self._loss)
        self.image = self.add_weight(
            shape=self.config.image_shape,
            initializer=keras.initializers.RandomUniform(
                -canvas.NOISE, canvas.NOISE, seed=self.config.seed
            ),
            autocast=False,
            name="image",
        )

    # What a Keras user calls.

    def stylize(
        self,
        content: Any,
        style: Any,
        *,
        shares: Sequence[float] | None = None,
        optimizer: Any = "lbfgs",
        num_steps: int = 100,
        start: str = "content",
        num_scales: int = 1,
        keep_colors: bool = False,
        seed: int = 0,
        watch: Callable[[descent.Found], None] | None = None,
        every: int = 10,
    ) -> tf.Tensor:
        """Paints one image.

        Args:
            content: [1, H, W, 3] float32 in [-1, 1], of any size.
            style: one image [1, h, w, 3] of any size, or a list of several.
            shares: of several styles, which add up to 1; equal where None.
            optimizer: lbfgs, or an optimizer of Keras or its name.
            num_steps: at each size; a step of L-BFGS evaluates the loss once,
                and seldom again.
            start: from the content, noise, or the first style, resized.
            num_scales: sizes, each twice the one before, the last being that
                of the content. Style is seen at the same scales.
            keep_colors: takes the lightness alone from what was painted.
            seed: of noise.
            watch: called with a `descent.Found` after each `every` steps.
            every: steps.

        Returns:
            [1, H, W, 3] float32 in [-1, 1].

        Raises:
            ValueError: images, shares or another argument do not fit.
        """
        content = canvas.one(content, "content")
        styles = style if isinstance(style, list | tuple) else [style]
        styles = [canvas.one(each, "style") for each in styles]
        shares = canvas.shares_of(shares, len(styles))
        canvas.check(start, num_scales, num_steps, content)
        image = None
        for scale in reversed(range(num_scales)):
            target, *painted = (
                canvas.smaller(each, scale) for each in (content, *styles)
            )
            image = (
                canvas.start(start, target, painted[0], seed)
                if image is None
                else tf.image.resize(image, target.shape[1:3], "bicubic")
            )
            image = tf.clip_by_value(image, *descent.LEVELS)
            targets = self.targets(target, painted, shares)
            for found in self._descend(
                image, targets, num_steps, every, optimizer
            ):
                image = found.image
                if watch is not None:
                    watch(found)
        return canvas.with_colors(image, content) if keep_colors else image

    def targets(
        self, content: Any, styles: Sequence[Any], shares: Sequence[float]
    ) -> objective.Targets:
        """What an image is to look like.

        Args:
            content: [B, H, W, 3].
            styles: images [1 or B, h, w, 3].
            shares: of them.
        """
        found = [self.objective.grams_of(each) for each in styles]
        grams = [
            sum(share * gram for share, gram in zip(shares, each, strict=True))
            for each in zip(*found, strict=True)
        ]
        return objective.Targets(self.objective.content_of(content), grams)

    def _descend(self, image, targets, num_steps, every, optimizer):
        if isinstance(optimizer, str) and optimizer == "lbfgs":
            return self._by_lbfgs.run(image, targets, num_steps, every)
        return descent.gradient_descent(
            lambda image: self._loss(image, targets),
            image,
            num_steps,
            every,
            optimizers.get(optimizer),
        )

    def _loss(self, image, targets):
        return self.objective.losses(image, targets)["loss"][0]

    # Training, as Keras users know it.

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        return {"content": self.image_spec, "style": self.image_spec}

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        del seed, training
        content, style = batch["content"], batch["style"]
        targets = objective.Targets(
            self.objective.content_of(content), self.objective.grams_of(style)
        )
        image = tf.convert_to_tensor(self.image)
        rows = tf.broadcast_to(image, tf.shape(content))
        return self.objective.losses(rows, targets)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        image, most = self.image_spec, self.config.most_steps
        steps = spec.Spec((), "int32", 1, most, "Budget of L-BFGS.")
        return {
            "stylize": endpoint.Endpoint(
                self._answer,
                {"content": image, "style": image, "num_steps": steps},
                {"images": image},
                "The content painted in the style, by the whole optimisation.",
                mobile=False,
                example={
                    "content": image.example(1, seed=0),
                    "style": image.example(1, seed=1),
                    "num_steps": np.ones((1,), np.int32),
                },
            )
        }

    def _answer(self, content, style, num_steps):
        """A row after the other: each has a budget of its own."""

        def row(inputs):
            content, style, count = inputs
            content, style = content[tf.newaxis], style[tf.newaxis]
            targets = self.targets(content, [style], [1.0])
            function = descent.flat(lambda x: self._loss(x, targets), content)
            start = tf.clip_by_value(content, *descent.LEVELS)
            start = lbfgs.begin(function, tf.reshape(start, (-1,)))
            found = lbfgs.minimize(function, start, count, descent.LEVELS)
            return tf.reshape(found.position, self.config.image_shape)

        shape = tf.TensorSpec(self.config.image_shape)
        rows = (content, style, num_steps)
        return {"images": tf.map_fn(row, rows, fn_output_signature=shape)}

"""What a denoiser over images is: trained, averaged, guided and drawn from.

    x = x0 + sigma noise                      an image with noise
    D(x, sigma) = skip x + out F(in x, t)     the best guess of x0
    dx / dsigma = (x - D(x, sigma)) / sigma   the way down to an image

F is a network that learns its target of `parameterisations` at noise of a
`schedule`; one of the `solvers` goes the way. The latent vector is the noise at
the top: it decides the image.

With `self_conditioning` F sees an earlier guess of x0 beside the image: that of
the step before on the way down; in training, for half of the rows, its own at
the same noise; zeros for the others.

With classes a share of the rows is trained without its label, and guidance
drives samples towards their class.

Reference: Ho et al. 2020, arXiv 2006.11239; Song et al. 2020, arXiv 2011.13456;
Karras et al. 2022, arXiv 2206.00364; Ho and Salimans 2022, arXiv 2207.12598;
Chen et al. 2022, arXiv 2208.04202, section 3.2, for self-conditioning.
"""

import math
from typing import Any

import keras
import tensorflow as tf

from keras_gen import image_generator, networks
from keras_gen.models.diffusion import (
    diffusion_config,
    drawing,
    guidance,
    process,
)
from keras_gen.networks import moving_average
from keras_gen.ops import seeds

# Streams of a row's seed in training.
_TIME, _NOISE, _LABEL, _GUESS = 1, 2, 3, 6
_GUESS_SHARE = 0.5


class DenoisingModel(image_generator.ImageGenerator):
    """A network, its average, and the Denoiser that the average is.

    Args:
        config: a DiffusionConfig.
        network: the user's F, or None.
        **kwargs: as in `GenerativeModel`.

    Raises:
        ValueError: a field or the shape of the network is wrong.
    """

    Config = diffusion_config.DiffusionConfig

    def __init__(
        self,
        config: diffusion_config.DiffusionConfig | None = None,
        *,
        network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, networks={"network": network}, **kwargs)
        config = self.config
        self.process = process.named(
            config.schedule, config.prediction, config.weighting
        )
        if network is not None:
            _check_network(network, config)
        self.network = network or _network(config, self.dtype_policy)
        self.average = moving_average.copy_of(self.network)

    # Training.

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        images, labels = batch["images"], batch.get("labels")
        sigma = self.process.schedule.draw(seeds.uniform(seed, (), _TIME))
        noise = seeds.compiled_normal(seed, images.shape[1:], _NOISE)
        if labels is not None:
            drop = seeds.uniform(seed, (), _LABEL) < self.config.label_dropout
            labels = tf.where(drop, self.config.num_classes, labels)
        network = self.network if training else self.average

        guess = None
        if self.config.self_conditioning:
            noisy = images + process.spread(sigma) * noise
            told = seeds.uniform(seed, (), _GUESS) < _GUESS_SHARE
            guess = tf.where(
                process.spread(told),
                tf.stop_gradient(
                    self._denoise(network, noisy, sigma, labels, None)
                ),
                0.0,
            )

        def predict(x, told):
            given = self._inputs(x, told, labels, guess)
            return network(given, training=training)

        return {"loss": self.process.loss(predict, images, sigma, noise)}

    def after_step(self) -> None:
        super().after_step()
        moving_average.follow(
            self.average, self.network, self.config.ema_decay, self.step.value
        )

    # Asking.

    @property
    def code_size(self) -> int:
        return math.prod(self.config.image_shape)

    def denoise(
        self,
        x: tf.Tensor,
        sigma: tf.Tensor,
        labels: tf.Tensor | None = None,
        guess: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """D(x, sigma): the best guess of the image below the noise.

        Args:
            x: [B, H, W, C], an image and sigma times standard normal noise.
            sigma: [B].
            labels: [B] int32, V for none; None where there are no classes.
            guess: [B, H, W, C], an earlier one, of a model with
                `self_conditioning`; zeros where None.

        Returns:
            [B, H, W, C].
        """
        return self._denoise(self.average, x, sigma, labels, guess)

    def guided(self, labels: tf.Tensor | None, scale: Any) -> Any:
        """A Denoiser that is driven towards classes.

        Args:
            labels: [B] int32, or None where there are no classes.
            scale: number or [B]; the number 1 asks the network once, others
                with and without the label, in one batch.
        """
        if labels is None:
            return lambda x, sigma, *guess: self.denoise(x, sigma, None, *guess)

        def denoiser_of(condition):
            return lambda x, sigma, *guess: self.denoise(
                x, sigma, *condition, *guess
            )

        none = tf.fill(tf.shape(labels), self.config.num_classes)
        interval = (
            self.config.guidance_from_sigma,
            self.config.guidance_to_sigma or math.inf,
        )
        return guidance.guided(denoiser_of, [labels], [none], scale, interval)

    def images_of(
        self, latent: tf.Tensor, labels: tf.Tensor | None
    ) -> tf.Tensor:
        seed = tf.zeros(tf.shape(latent)[:1], tf.int32)  # The way has no noise.
        plan = drawing.plan(self.config, self.process.schedule)
        return self._draw(latent, seed, labels, plan)

    def call(self, latent: tf.Tensor, labels: Any = None) -> tf.Tensor:
        """Images [B, H, W, C] of latent [B, H W C]."""
        return self.images_of(latent, labels)

    def _draw(
        self, latent, seed, labels, plan, guidance_scale=None, **ends
    ) -> tf.Tensor:
        """Images [B, H, W, C] of latent [B, H W C]; see `drawing.draw`."""
        if guidance_scale is None:
            guidance_scale = self.config.guidance_scale
        denoise = self.guided(labels, guidance_scale)
        noise = tf.reshape(latent, (-1, *self.config.image_shape))
        recalls = self.config.self_conditioning
        x = drawing.draw(denoise, noise, seed, plan, recalls=recalls, **ends)
        return tf.clip_by_value(x, -1.0, 1.0)

    def _denoise(self, network, x, sigma, labels, guess) -> tf.Tensor:
        def predict(x, told):
            given = self._inputs(x, told, labels, guess)
            return network(given, training=False)

        return self.process.denoiser(predict)(x, sigma)

    def _inputs(self, x, told, labels, guess) -> list[tf.Tensor]:
        if self.config.self_conditioning:
            beside = tf.zeros_like(x) if guess is None else guess
            x = tf.concat([x, beside], axis=-1)
        return [x, told] if labels is None else [x, told, labels]


def _seen_shape(config) -> tuple[int, int, int]:
    """(H, W, channels) of what the network sees."""
    height, width, channels = config.image_shape
    return height, width, channels * (1 + config.self_conditioning)


def _network(config, dtype) -> keras.Model:
    options = {
        "num_heads": config.num_heads,
        "num_classes": config.num_classes,
        "output_channels": config.image_shape[2],
        "dtype": dtype,
    }
    if config.network == "dit":
        return networks.dit(
            _seen_shape(config),
            patch_size=config.patch_size,
            width=config.widths[0],
            num_layers=config.num_layers,
            **options,
        )
    return networks.unet(
        _seen_shape(config),
        widths=config.widths,
        num_blocks=config.num_blocks,
        attention_levels=config.attention_levels,
        num_groups=config.num_groups,
        **options,
    )


def _check_network(network, config) -> None:
    shape, seen = tuple(config.image_shape), _seen_shape(config)
    expected = [seen, (), ()] if config.num_classes else [seen, ()]
    found = [tuple(each.shape[1:]) for each in network.inputs]
    if found != expected or tuple(network.output_shape[1:]) != shape:
        raise ValueError(
            f"`network` must map rows of shapes {expected} to {shape}. "
            f"Received a network from {found} to "
            f"{tuple(network.output_shape[1:])}. Change the network, or "
            "`image_shape` and `num_classes`."
        )

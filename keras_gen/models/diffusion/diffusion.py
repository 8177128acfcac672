"""Diffusion: from noise to images by a denoiser.

    x = x0 + sigma noise                      an image with noise
    D(x, sigma) = skip x + out F(in x, t)     the best guess of x0
    dx / dsigma = (x - D(x, sigma)) / sigma   the way down to an image

F is a U-Net that learns its target of `parameterisations` at noise of a
`schedule`; one of the `solvers` goes the way. The latent vector is the noise at
the top: it decides the image.

With classes a share of the rows is trained without its label, and

    D = D(x) + scale (D(x | label) - D(x))

drives samples towards their class (classifier-free guidance).

Reference: Ho et al. 2020, arXiv 2006.11239; Song et al. 2021, arXiv 2011.13456;
Karras et al. 2022, arXiv 2206.00364; Ho and Salimans 2022, arXiv 2207.12598.
"""

import math
from typing import Any

import keras
import tensorflow as tf

from keras_gen import endpoint, image_generator, networks, spec
from keras_gen.models.diffusion import (
    diffusion_config,
    parameterisations,
    schedules,
    solvers,
)
from keras_gen.networks import moving_average
from keras_gen.ops import seeds

# Streams of a row's seed in training.
_TIME, _NOISE, _LABEL = 1, 2, 3


@keras.saving.register_keras_serializable("keras_gen")
class Diffusion(image_generator.ImageGenerator):
    """A diffusion model over images, with or without classes.

    Args:
        config: a DiffusionConfig; or its fields as keyword arguments.
        network: your own F, (x [B, H, W, C], time [B]) or (x, time, labels [B])
            to [B, H, W, C]; the label V stands for none.
        **kwargs: fields of DiffusionConfig, `name`, `dtype`.

    Raises:
        ValueError: a field or the shape of the network is wrong.

    Reference: Ho et al. 2020, arXiv 2006.11239.
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
        self.schedule = schedules.SCHEDULES[config.schedule]()
        self.parameterisation = parameterisations.PARAMETERISATIONS[
            config.prediction
        ]
        if network is not None:
            _check_network(network, config)
        self.network = network or networks.unet(
            config.image_shape,
            widths=config.widths,
            num_blocks=config.num_blocks,
            attention_levels=config.attention_levels,
            num_heads=config.num_heads,
            num_groups=config.num_groups,
            num_classes=config.num_classes,
            dtype=self.dtype_policy,
        )
        self.average = moving_average.copy_of(self.network)

    # Training.

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        images, labels = batch["images"], batch.get("labels")
        sigma = self.schedule.draw(seeds.uniform(seed, (), _TIME))  # [B]
        noise = seeds.compiled_normal(seed, images.shape[1:], _NOISE)
        if labels is not None:
            drop = seeds.uniform(seed, (), _LABEL) < self.config.label_dropout
            labels = tf.where(drop, self.config.num_classes, labels)
        scales = self.parameterisation.scales(sigma)
        spread = _spread(sigma)
        predicted = self._predict(
            self.network if training else self.average,
            _spread(scales.into) * (images + spread * noise),
            sigma,
            labels,
            training,
        )
        target = self.parameterisation.target(images, noise, spread)
        error = tf.reduce_mean(tf.square(predicted - target), axis=(1, 2, 3))
        weigh = parameterisations.WEIGHTINGS[self.config.weighting]
        return {"loss": weigh(sigma, scales.out) * error}

    def after_step(self) -> None:
        super().after_step()
        moving_average.follow(
            self.average, self.network, self.config.ema_decay, self.step.value
        )

    def _predict(self, network, x, sigma, labels, training=False):
        """F of x [B, H, W, C], already scaled."""
        told = self.schedule.told_of(sigma)
        inputs = [x, told] if labels is None else [x, told, labels]
        return network(inputs, training=training)

    # Asking.

    @property
    def code_size(self) -> int:
        return math.prod(self.config.image_shape)

    def denoise(
        self, x: tf.Tensor, sigma: tf.Tensor, labels: tf.Tensor | None = None
    ) -> tf.Tensor:
        """D(x, sigma): the best guess of the image below the noise.

        Args:
            x: [B, H, W, C], an image and sigma times standard normal noise.
            sigma: [B].
            labels: [B] int32, V for none; None where there are no classes.

        Returns:
            [B, H, W, C].
        """
        scales = self.parameterisation.scales(sigma)
        into, skip, out = (
            _spread(each) for each in (scales.into, scales.skip, scales.out)
        )
        found = self._predict(self.average, into * x, sigma, labels)
        return skip * x + out * found

    def guided(self, labels: tf.Tensor | None, scale: Any) -> Any:
        """A Denoiser that is driven towards classes.

        Args:
            labels: [B] int32, or None where there are no classes.
            scale: number or [B]; the number 1 asks the network once, others
                with and without the label, in one batch.
        """
        if labels is None or (isinstance(scale, float) and scale == 1):
            return lambda x, sigma: self.denoise(x, sigma, labels)
        none = tf.fill(tf.shape(labels), self.config.num_classes)
        both = tf.concat([labels, none], axis=0)
        scale = tf.reshape(tf.cast(scale, tf.float32), (-1, 1, 1, 1))

        def denoise(x, sigma):
            twice = (tf.concat([each, each], axis=0) for each in (x, sigma))
            of_class, plain = tf.split(self.denoise(*twice, both), 2)
            return plain + scale * (of_class - plain)

        return denoise

    def images_of(
        self, latent: tf.Tensor, labels: tf.Tensor | None
    ) -> tf.Tensor:
        config = self.config
        seed = tf.zeros(tf.shape(latent)[:1], tf.int32)  # The way has no noise.
        return self._down(
            latent,
            self.guided(labels, config.guidance_scale),
            solvers.SOLVERS[config.solver],
            config.num_steps,
            seed,
        )

    def generate(
        self,
        num: int,
        seed: int = 0,
        label: Any = None,
        *,
        guidance_scale: float | None = None,
        num_steps: int | None = None,
        solver: str | solvers.Solver | None = None,
    ) -> tf.Tensor:
        """New images; image i has seed + i.

        Args:
            num: how many.
            seed: of the first.
            label: as in `ImageGenerator.generate`.
            guidance_scale: the Config's where None.
            num_steps: the Config's where None.
            solver: a name in SOLVERS or one of your own; the Config's where
                None.

        Returns:
            [num, H, W, C] float32 in [-1, 1].

        Raises:
            ValueError: a label or a number is out of range.
        """
        if guidance_scale is num_steps is solver is None:
            return super().generate(num, seed, label)
        if guidance_scale is not None and not self.config.num_classes:
            raise ValueError(
                "`guidance_scale` needs a model with classes. Received: "
                f"{guidance_scale}. Leave it out, or train with `num_classes`."
            )
        labels = self._labels(num, label).get("labels")
        if labels is not None:
            self.label_spec["labels"].check(labels, "labels")
        row_seeds = tf.range(seed, seed + num)
        draw = self._drawer(guidance_scale, num_steps, solver)
        return draw(row_seeds, labels)

    def _drawer(self, guidance_scale, num_steps, solver):
        """A compiled function of seeds [B] and labels [B] or None."""
        config = self.config
        if guidance_scale is None:
            guidance_scale = config.guidance_scale
        if num_steps is None:
            num_steps = config.num_steps
        chosen = config.solver if solver is None else solver
        if isinstance(chosen, str):
            chosen = solvers.named(chosen)
        key = float(guidance_scale), num_steps, chosen
        cache = self._compiled_endpoints
        if key not in cache:
            scale, steps, chosen = key

            def draw(seed, labels):
                denoise = self.guided(labels, scale)
                latent = self.latent_of(seed)
                return self._down(latent, denoise, chosen, steps, seed)

            cache[key] = tf.function(draw, reduce_retracing=True)
        return cache[key]

    def _down(self, latent, denoise, solver, num_steps, seed):
        """Images [B, H, W, C] of latent [B, H W C]."""
        sigmas = self.schedule.grid(num_steps, self.config.spacing)
        noise = tf.reshape(latent, (-1, *self.config.image_shape))
        x = solvers.integrate(solver, denoise, sigmas[0] * noise, sigmas, seed)
        return tf.clip_by_value(x, -1.0, 1.0)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """As every generator's, and `denoise`, a solver's one question."""
        shape = self.config.image_shape
        x = spec.Spec(shape, doc="Images and sigma times noise.")
        sigma = spec.Spec(
            (),
            "float32",
            self.schedule.lowest,
            self.schedule.highest,
            "Standard deviation of the noise.",
        )
        found = super().endpoints()

        def denoise(x, sigma, labels=None):
            guess = self.guided(labels, self.config.guidance_scale)
            return {"images": guess(x, sigma)}

        found["denoise"] = endpoint.Endpoint(
            denoise,
            {"x": x, "sigma": sigma} | self.label_spec,
            {"images": spec.Spec(shape, doc="The best guess.")},
            "The best guess of images below noise.",
        )
        return found

    def call(self, latent: tf.Tensor, labels: Any = None) -> tf.Tensor:
        """Images [B, H, W, C] of latent [B, H W C]."""
        return self.images_of(latent, labels)


def _check_network(network, config) -> None:
    shape = tuple(config.image_shape)
    expected = [shape, (), ()] if config.num_classes else [shape, ()]
    found = [tuple(each.shape[1:]) for each in network.inputs]
    if found != expected or tuple(network.output_shape[1:]) != shape:
        raise ValueError(
            f"`network` must map rows of shapes {expected} to {shape}. "
            f"Received a network from {found} to "
            f"{tuple(network.output_shape[1:])}. Change the network, or "
            "`image_shape` and `num_classes`."
        )


def _spread(each: tf.Tensor) -> tf.Tensor:
    """[B] as [B, 1, 1, 1]."""
    return tf.reshape(each, (-1, 1, 1, 1))

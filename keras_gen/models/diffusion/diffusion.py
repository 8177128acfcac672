"""Diffusion: from noise to images by a denoiser, and back.

`denoising_model` says what is learned; here is what can be asked of it.

Reference: Ho et al. 2020, arXiv 2006.11239; Song et al. 2020, arXiv 2010.02502
and 2011.13456.
"""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import endpoint, spec
from keras_gen.models.diffusion import (
    denoising_model,
    drawing,
    likelihood,
    solvers,
)
from keras_gen.ops import seeds

# Streams of a row's seed.
_SIGN, _LEVEL = 4, 5
_STEP = 2.0 / 255.0  # Between two grey levels.


@keras.saving.register_keras_serializable("keras_gen")
class Diffusion(denoising_model.DenoisingModel):
    """A diffusion model over images, with or without classes.

    Args:
        config: a DiffusionConfig; or its fields as keyword arguments.
        network: your own F, (x [B, H, W, C], time [B]) or (x, time, labels [B])
            to [B, H, W, C]; the label V stands for none.
        **kwargs: fields of DiffusionConfig, `name`, `dtype`.

    Raises:
        ValueError: a field or the shape of the network is wrong.
    """

    def generate(
        self,
        num: int,
        seed: int = 0,
        label: Any = None,
        **how: Any,
    ) -> tf.Tensor:
        """New images; image i has seed + i.

        Args:
            num: how many.
            seed: of the first.
            label: as in `ImageGenerator.generate`.
            **how: `guidance_scale`, `num_steps`, `solver` (a name in SOLVERS
                or one of your own); the Config's where left out. With
                `every=True` all of the way is returned,
                [num_steps + 1, num, H, W, C], noise first, at variance 1.
                With `jit_compile=True` XLA compiles the way for this number
                of images: ten seconds or more at first, then, for one or two
                at a time on a CPU, about half the time.

        Returns:
            [num, H, W, C] float32 in [-1, 1].

        Raises:
            ValueError: a label or a number is out of range.
        """
        if not how:
            return super().generate(num, seed, label)
        return self._drawn(num, seed, label, how)

    def image_to_image(
        self,
        images: Any,
        strength: float = 0.5,
        seed: int = 0,
        label: Any = None,
        **how: Any,
    ) -> tf.Tensor:
        """Images that begin as others with noise; see `generate`.

        Args:
            images: [B, H, W, C] in [-1, 1].
            strength: above 0, that keeps the image, to 1, which forgets it.
            seed: of the first.
            label: as in `generate`.
            **how: as in `generate`.

        Reference: Meng et al. 2021, arXiv 2108.01073.
        """
        self.image_spec.check(images, "images")
        start = tf.convert_to_tensor(images)
        return self._drawn(
            len(images), seed, label, how, start=start, strength=strength
        )

    def inpaint(
        self,
        images: Any,
        mask: Any,
        seed: int = 0,
        label: Any = None,
        **how: Any,
    ) -> tf.Tensor:
        """Images whose known part stays; see `generate`.

        Args:
            images: [B, H, W, C] in [-1, 1]; what is not known may be anything.
            mask: [B, H, W, 1], 1 where the image is known, 0 elsewhere.
            seed: of the first.
            label: as in `generate`.
            **how: as in `generate`.

        Reference: Lugmayr et al. 2022, arXiv 2201.09865.
        """
        self.image_spec.check(images, "images")
        shape = (*self.config.image_shape[:2], 1)
        spec.Spec(shape, "float32", 0.0, 1.0).check(mask, "mask")
        start, mask = tf.convert_to_tensor(images), tf.convert_to_tensor(mask)
        return self._drawn(
            len(images), seed, label, how, start=start, mask=mask
        )

    def encode(self, images: Any, label: Any = None) -> tf.Tensor:
        """The latent [B, H W C] from which `decode` makes these images.

        Args:
            images: [B, H, W, C] in [-1, 1].
            label: as in `generate`.

        Reference: Song et al. 2020, arXiv 2010.02502, section 4.3.
        """
        labels = self._labels(len(images), label)
        return self.run("encode", images=images, **labels)["latent"]

    def log_prob(
        self, images: Any, label: Any = None, *, seed: int = 0
    ) -> tf.Tensor:
        """log p(x), [B] nats: the density of images in [-1, 1].

        Images of 256 grey levels need noise that fills the steps between them:
        `bits_per_dim` has it.

        Args:
            images: [B, H, W, C] float32.
            label: as in `generate`.
            seed: of the signs that estimate the divergence of the way.

        Reference: Song et al. 2020, arXiv 2011.13456, section 4.3.
        """
        labels = self._labels(len(images), label).get("labels")
        ask = self.program("log_prob", self._log_prob)
        row_seeds = tf.range(seed, seed + len(images))
        images = tf.convert_to_tensor(images, tf.float32)
        return ask(images, labels, row_seeds)

    def bits_per_dim(
        self, images: Any, label: Any = None, *, seed: int = 0
    ) -> tf.Tensor:
        """Bits for each number of images of 256 grey levels, [B].

        Uniform noise fills the step between two levels, which makes it a bound
        (Theis et al. 2015, arXiv 1511.01844, section 3.1).

        Args:
            images: [B, H, W, C] in [-1, 1], levels 2 / 255 apart.
            label: as in `generate`.
            seed: of that noise, and as in `log_prob`.
        """
        row_seeds = tf.range(seed, seed + len(images))
        noise = seeds.uniform(row_seeds, self.config.image_shape, _LEVEL)
        filled = images + _STEP * (noise - 0.5)
        nats = -self.log_prob(filled, label, seed=seed) / self.code_size
        return (nats - math.log(_STEP)) / math.log(2.0)

    def _log_prob(self, images, labels, seed):
        bits = seeds.uniform(seed, self.config.image_shape, _SIGN)
        denoise = self.guided(labels, 1)
        return likelihood.log_prob(
            denoise, images, self._upwards(), tf.sign(bits - 0.5)
        )

    def _encode(self, images, labels):
        """Heun's method, upwards."""
        x = solvers.integrate(
            solvers.SOLVERS["heun"],
            self.guided(labels, self.config.guidance_scale),
            images,
            self._upwards(),
            tf.zeros(tf.shape(images)[:1], tf.int32),
            recalls=self.config.self_conditioning,
        )
        noise = x / self.process.schedule.highest
        return tf.reshape(noise, (-1, self.code_size))

    def _upwards(self) -> np.ndarray:
        """Sigmas from the lowest to the highest."""
        steps = self.config.num_encoder_steps + 1
        return self.process.schedule.grid(steps, "karras")[-2::-1]

    def _drawn(
        self, num, seed, label, how, *, start=None, mask=None, strength=1.0
    ):
        """`_draw`, compiled once for each way to draw."""
        labels = self._labels(num, label).get("labels")
        if labels is not None:
            self.label_spec["labels"].check(labels, "labels")
        jit_compile = how.pop("jit_compile", False)
        key = plan, scale, every = self._chosen(strength, **how)

        def draw(seed, labels, start, mask):
            latent = self.latent_of(seed)
            ends = {"start": start, "mask": mask, "every": every}
            return self._draw(latent, seed, labels, plan, scale, **ends)

        row_seeds = tf.range(seed, seed + num)
        program = self.program(key, draw, jit_compile)
        return program(row_seeds, labels, start, mask)

    def _chosen(
        self,
        share,
        *,
        guidance_scale=None,
        num_steps=None,
        solver=None,
        every=False,
    ):
        """(Plan, guidance scale or None, whether all of the way)."""
        if guidance_scale is not None and not self.config.num_classes:
            raise ValueError(
                "`guidance_scale` needs a model with classes. Received: "
                f"{guidance_scale}. Leave it out, or train with `num_classes`."
            )
        plan = drawing.plan(
            self.config,
            self.process.schedule,
            num_steps=num_steps,
            solver=solver,
            strength=share,
        )
        return plan, guidance_scale, every

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """As every generator's; `encode`, and a solver's one question."""
        found = super().endpoints()
        image, labels = self.image_spec, self.label_spec
        schedule = self.process.schedule
        sigma = spec.Spec(
            (),
            "float32",
            schedule.lowest,
            schedule.highest,
            "Standard deviation of the noise.",
        )
        x = spec.Spec(image.shape, doc="Images and sigma times noise.")
        guess = spec.Spec(image.shape, doc="The best guess.")
        latent = found["decode"].inputs["latent"]

        def denoise(x, sigma, labels=None):
            guess = self.guided(labels, self.config.guidance_scale)
            return {"images": guess(x, sigma)}

        found["encode"] = endpoint.Endpoint(
            lambda images, labels=None: {
                "latent": self._encode(images, labels)
            },
            {"images": image} | labels,
            {"latent": latent},
            "Codes of images.",
            mobile=False,  # Phones draw.
        )
        found["denoise"] = endpoint.Endpoint(
            denoise,
            {"x": x, "sigma": sigma} | labels,
            {"images": guess},
            "The best guess of images below noise.",
        )
        return found

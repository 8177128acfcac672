"""What every generator of images can be asked, with or without classes.

A latent vector z is a function of the row's seed. Between two of them the way
goes along the sphere on which nearly all of N(0, I) lies in many dimensions:
the straight line would pass through a place where no training sample was.

Reference: White 2016, arXiv 1609.04468, section 2.1.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import endpoint, image_model, spec
from keras_gen.ops import images as image_ops
from keras_gen.ops import seeds


class ImageGenerator(image_model.ImageModel):
    """Latent vectors, and labels if there are classes, to images.

    A subclass has a Config with `image_shape` and `num_classes`, and defines
    `code_size` and `images_of`.
    """

    def images_of(
        self, latent: tf.Tensor, labels: tf.Tensor | None
    ) -> tf.Tensor:
        """Latent [B, Z], labels [B] or None, to images [B, H, W, C]."""
        raise NotImplementedError(f"{type(self).__name__}.images_of")

    @property
    def code_size(self) -> int:
        """Numbers of a latent vector."""
        raise NotImplementedError(f"{type(self).__name__}.code_size")

    def latent_of(self, seed: tf.Tensor, stream: int = 0) -> tf.Tensor:
        """z [B, Z] of seeds [B] int32; streams above 0 are training's."""
        shape = (self.code_size,)
        if stream:
            return seeds.compiled_normal(seed, shape, stream)
        return seeds.normal(seed, shape)

    def generate(self, num: int, seed: int = 0, label: Any = None) -> tf.Tensor:
        """New images; image i has seed + i.

        Args:
            num: how many.
            seed: of the first.
            label: a class for all, or [num] classes; where there are classes
                and None is given they take turns: 0, 1, 2, ...

        Returns:
            [num, H, W, C] float32 in [-1, 1].

        Raises:
            ValueError: a label where there are no classes, or out of range.
        """
        row_seeds = np.arange(seed, seed + num, dtype=np.int32)
        labels = self._labels(num, label)
        return self.run("generate", seed=row_seeds, **labels)["images"]

    def decode(self, latent: Any, label: Any = None) -> tf.Tensor:
        """Latent [B, Z], and classes as in `generate`, to images."""
        labels = self._labels(len(latent), label)
        return self.run("decode", latent=latent, **labels)["images"]

    def interpolate(
        self,
        start: Any,
        end: Any,
        num_steps: int,
        *,
        spherical: bool = True,
        label: Any = None,
    ) -> tf.Tensor:
        """Images on the way from one latent vector to another.

        Args:
            start: [B, Z].
            end: [B, Z].
            num_steps: images on each way, both ends included.
            spherical: along a great circle, or along a straight line.
            label: a class for all, or [B * num_steps] classes.

        Returns:
            [B, num_steps, H, W, C].
        """
        share = tf.linspace(0.0, 1.0, num_steps)[:, tf.newaxis]
        way = slerp if spherical else _straight
        start, end = (tf.convert_to_tensor(each) for each in (start, end))
        latent = way(start[:, tf.newaxis], end[:, tf.newaxis], share)
        flat = tf.reshape(latent, (-1, self.code_size))
        shape = (-1, num_steps, *self.config.image_shape)
        return tf.reshape(self.decode(flat, label), shape)

    def arithmetic(
        self,
        start: Any,
        minus: Any,
        plus: Any,
        num: int = 9,
        *,
        noise: float = 0.25,
        seed: int = 0,
        label: Any = None,
    ) -> tf.Tensor:
        """Images of start - minus + plus, such as 7 - 1 + 0.

        Of each of the three the mean over exemplars is taken: single vectors
        are too restless.

        Args:
            start: [K, Z], latent vectors of images that have something.
            minus: [K, Z], of images that have what is to be taken away.
            plus: [K, Z], of images that have what is to be added.
            num: images; the first is exact, the others lie around it.
            noise: half the range of uniform noise on those others.
            seed: of that noise.
            label: as in `generate`.

        Returns:
            [num, H, W, C].

        Reference: Radford et al. 2015, arXiv 1511.06434, section 6.3.2.
        """
        means = [tf.reduce_mean(each, axis=0) for each in (start, minus, plus)]
        centre = means[0] - means[1] + means[2]  # [Z]
        draws = seeds.uniform(tf.range(seed, seed + num), centre.shape, 0)
        moved = noise * (2.0 * draws - 1.0)
        moved = tf.concat([tf.zeros_like(moved[:1]), moved[1:]], axis=0)
        return self.decode(centre + moved, label)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        images, labels = self.image_spec, self.label_spec
        seed = spec.Spec((), "int32", doc="Equal seeds give equal images.")
        latent = spec.Spec((self.code_size,), doc="Codes.")
        png = spec.Spec((), "string", doc="A PNG file.")

        def generate(seed, labels=None):
            return {"images": self.images_of(self.latent_of(seed), labels)}

        def decode(latent, labels=None):
            return {"images": self.images_of(latent, labels)}

        def generate_png(seed, labels=None):
            found = generate(seed, labels)["images"]
            return {"images_bytes": image_ops.encode_png(found)}

        return {
            "generate": endpoint.Endpoint(
                generate,
                {"seed": seed} | labels,
                {"images": images},
                "New images.",
            ),
            "decode": endpoint.Endpoint(
                decode,
                {"latent": latent} | labels,
                {"images": images},
                "Images of codes.",
            ),
            "generate_png": endpoint.Endpoint(
                generate_png,
                {"seed": seed} | labels,
                {"images_bytes": png},
                "New images as PNG files, for clients without TensorFlow.",
                mobile=False,
            ),
        }


def slerp(start: tf.Tensor, end: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    """Along the great circle from `start` to `end`, all [..., Z] or [..., 1].

    Where the two have the same direction, along the straight line.

    Reference: White 2016, arXiv 1609.04468, section 2.1.
    """
    norms = tf.norm(start, axis=-1, keepdims=True) * tf.norm(
        end, axis=-1, keepdims=True
    )
    cosine = tf.reduce_sum(start * end, axis=-1, keepdims=True)
    angle = tf.acos(tf.clip_by_value(cosine / tf.maximum(norms, 1e-12), -1, 1))
    sine = tf.sin(angle)
    round_way = (
        tf.sin((1.0 - share) * angle) * start + tf.sin(share * angle) * end
    ) / tf.maximum(sine, 1e-6)
    return tf.where(sine > 1e-6, round_way, _straight(start, end, share))


def _straight(start, end, share):
    return start + share * (end - start)

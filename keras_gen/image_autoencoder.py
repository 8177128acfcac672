"""What every autoencoder of images can be asked, whatever its codes look like.

A code, `latent`, is a vector or maps. Images of new codes z ~ N(0, I), a
function of the row's seed, are as good as the codes are normal.
"""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import base, endpoint, spec
from keras_gen.ops import images as image_ops
from keras_gen.ops import seeds


class ImageAutoencoder(base.GenerativeModel):
    """Images to codes and back.

    A subclass has a Config with `image_shape`, and defines `latent_shape`,
    `latent_of` and `images_of`.
    """

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Of one code, such as (Z,)."""
        raise NotImplementedError(f"{type(self).__name__}.latent_shape")

    def latent_of(self, images: tf.Tensor) -> tf.Tensor:
        """The codes [B, *latent_shape] of images [B, H, W, C]."""
        raise NotImplementedError(f"{type(self).__name__}.latent_of")

    def images_of(self, latent: tf.Tensor) -> tf.Tensor:
        """Images [B, H, W, C] in [-1, 1] of codes [B, *latent_shape]."""
        raise NotImplementedError(f"{type(self).__name__}.images_of")

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        return {"images": self.image_spec}

    @property
    def latent_spec(self) -> spec.Spec:
        """Of one code."""
        return spec.Spec(self.latent_shape, doc="Codes.")

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Reconstructs images [B, H, W, C]."""
        return self.images_of(self.latent_of(images))

    def encode(self, images: Any) -> tf.Tensor:
        """Images [B, H, W, C] to their codes [B, *latent_shape]."""
        return self.run("encode", images=images)["latent"]

    def decode(self, latent: Any) -> tf.Tensor:
        """Codes [B, *latent_shape] to images [B, H, W, C]."""
        return self.run("decode", latent=latent)["images"]

    def reconstruct(self, images: Any) -> tf.Tensor:
        """Images to themselves by way of their codes, [B, H, W, C]."""
        return self.run("reconstruct", images=images)["images"]

    def generate(self, num: int, seed: int = 0) -> tf.Tensor:
        """New images.

        Args:
            num: how many.
            seed: of the first; image i has seed + i, so the same picture comes
                from a server or a phone when asked for that seed.

        Returns:
            [num, H, W, C] float32 in [-1, 1].
        """
        row_seeds = np.arange(seed, seed + num, dtype=np.int32)
        return self.run("generate", seed=row_seeds)["images"]

    def interpolate(self, start: Any, end: Any, num_steps: int) -> tf.Tensor:
        """Images on straight lines between the codes of two images.

        Args:
            start: [B, H, W, C] in [-1, 1].
            end: [B, H, W, C] in [-1, 1].
            num_steps: images on each line, both ends included.

        Returns:
            [B, num_steps, H, W, C].
        """
        size = math.prod(self.latent_shape)
        weight = tf.linspace(0.0, 1.0, num_steps)[:, tf.newaxis]
        first, last = (
            tf.reshape(self.encode(each), (-1, 1, size))
            for each in (start, end)
        )
        latent = first + weight * (last - first)  # [B, num_steps, Z]
        codes = tf.reshape(latent, (-1, *self.latent_shape))
        shape = (-1, num_steps, *self.config.image_shape)
        return tf.reshape(self.decode(codes), shape)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        images, latent = self.image_spec, self.latent_spec
        seed = spec.Spec((), "int32", doc="Equal seeds give equal images.")
        png = spec.Spec((), "string", doc="A PNG file.")
        return {
            "generate": endpoint.Endpoint(
                lambda seed: {"images": self._new_images(seed)},
                {"seed": seed},
                {"images": images},
                "New images.",
            ),
            "decode": endpoint.Endpoint(
                lambda latent: {"images": self.images_of(latent)},
                {"latent": latent},
                {"images": images},
                "Images of codes.",
            ),
            "encode": endpoint.Endpoint(
                lambda images: {"latent": self.latent_of(images)},
                {"images": images},
                {"latent": latent},
                "Codes of images.",
            ),
            "reconstruct": endpoint.Endpoint(
                lambda images: {"images": self(images)},
                {"images": images},
                {"images": images},
                "Images after encoding and decoding.",
            ),
            "generate_png": endpoint.Endpoint(
                lambda seed: {
                    "images_bytes": image_ops.encode_png(self._new_images(seed))
                },
                {"seed": seed},
                {"images_bytes": png},
                "New images as PNG files, for clients without TensorFlow.",
                mobile=False,
            ),
        }

    def _new_images(self, seed: tf.Tensor) -> tf.Tensor:
        return self.images_of(seeds.normal(seed, self.latent_shape))


def check_network(
    network: Any,
    name: str,
    input_shape: tuple[int, ...],
    output_shape: tuple[int, ...],
    fields: str,
) -> None:
    """Refuses a network that does not map rows of one shape to the other.

    Args:
        network: a Keras model; an axis of any size, None, fits every size.
        name: of the argument.
        input_shape: of a row.
        output_shape: of a row.
        fields: of the Config, that decide the shapes.

    Raises:
        ValueError: it does not.
    """
    expected = tuple(input_shape), tuple(output_shape)
    received = network.input_shape[1:], network.output_shape[1:]
    fits = _fits(received[0], expected[0])
    if fits and None in received[0]:  # Then it has an output for any size.
        output = network.compute_output_shape((None, *expected[0]))
        received = received[0], output[1:]
    if not fits or received[1] != expected[1]:
        raise ValueError(
            f"`{name}` must map [B, {_show(expected[0])}] to "
            f"[B, {_show(expected[1])}]. Received a network from "
            f"[B, {_show(received[0])}] to [B, {_show(received[1])}]. Change "
            f"the network, or {fields}."
        )


def _fits(received: tuple[int | None, ...], expected: tuple[int, ...]) -> bool:
    return len(received) == len(expected) and all(
        size in (None, wanted)
        for size, wanted in zip(received, expected, strict=True)
    )


def _show(shape: tuple[int | None, ...]) -> str:
    return ", ".join(str(size) for size in shape)

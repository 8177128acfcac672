"""Pieces of images, of one size."""

import numpy as np
import tensorflow as tf


def drawn(
    images: tf.Tensor, size: tuple[int, int], seed: tf.Tensor
) -> tf.Tensor:
    """A piece of each image from a random place, mirrored half of the times.

    Args:
        images: [B, H, W, C], of static shape.
        size: (h, w) in pixels.
        seed: [2] int64.

    Returns:
        [B, h, w, C].
    """
    noise = tf.random.stateless_uniform((3, len(images)), seed, alg="philox")
    for axis, length in enumerate(size, start=1):
        room = images.shape[axis] - length + 1
        first = tf.cast(noise[axis] * room, tf.int32)
        places = first[:, tf.newaxis] + tf.range(length)  # [B, length]
        if axis == 2:
            mirrored = noise[0, :, tf.newaxis] < 0.5
            places = tf.where(mirrored, places[:, ::-1], places)
        images = tf.gather(images, places, axis=axis, batch_dims=1)
    return images


def middle(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The middle of images [N, H, W, C], [N, h, w, C]."""
    top, left = (
        (whole - length) // 2
        for whole, length in zip(images.shape[1:3], size, strict=True)
    )
    return images[:, top : top + size[0], left : left + size[1]]


def check(image_shape: tuple[int, ...], size: tuple[int, ...]) -> None:
    """Raises ValueError unless the size is one of pieces of the images."""
    if len(size) != 2 or not all(
        0 < length <= whole
        for length, whole in zip(size, image_shape, strict=False)
    ):
        raise ValueError(
            "`crop_size` must be height,width, at most those of the images, "
            f"{list(image_shape[:2])}. Received: {list(size)}. Give a smaller "
            "one, or a greater image_size."
        )

"""What a painting begins from and ends as: checked images, sizes, colours."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen.models.style_transfer import given, sizes

STARTS = ("content", "noise", "style")
NOISE = 0.2  # Half the range of an image that begins as noise.


def one(image: Any, name: str) -> tf.Tensor:
    """An image [1, H, W, 3] as a tensor; ValueError if it is none."""
    image = given.checked(image, name)
    if image.shape[0] != 1:
        raise ValueError(
            f"`{name}` must be one image [1, H, W, 3]. Received "
            f"{image.shape[0]}: paint them one after the other."
        )
    return image


def shares_of(shares: Sequence[float] | None, count: int) -> list[float]:
    """A share of each of `count` styles; ValueError if they do not fit."""
    shares = [1.0 / count] * count if shares is None else list(shares)
    if len(shares) != count or abs(sum(shares) - 1.0) > 1e-3:
        raise ValueError(
            f"`shares` must be {count} numbers that add up to 1, one for each "
            f"style. Received: {shares}."
        )
    return shares


def check(
    start: str, num_scales: int, num_steps: int, content: tf.Tensor
) -> None:
    """Raises ValueError for what `stylize` cannot do."""
    if start not in STARTS:
        raise ValueError(
            f"`start` must be one of {', '.join(STARTS)}. Received: {start!r}."
        )
    least = min(content.shape[1:3]) >> max(0, num_scales - 1)
    if num_scales < 1 or num_steps < 1 or least < sizes.LEAST_SIZE:
        raise ValueError(
            "`num_steps` and `num_scales` must be 1 or more, and the smallest "
            f"size at least {sizes.LEAST_SIZE} pixels. Received "
            f"{num_steps} and {num_scales} for a content of "
            f"{content.shape[1]}x{content.shape[2]}."
        )


def start(
    kind: str, content: tf.Tensor, style: tf.Tensor, seed: int
) -> tf.Tensor:
    """Where the descent begins, in the size of the content."""
    if kind == "content":
        return content
    if kind == "style":
        return tf.image.resize(style, content.shape[1:3], "bicubic")
    random = np.random.default_rng(seed).uniform(-NOISE, NOISE, content.shape)
    return tf.constant(random, tf.float32)


def smaller(image: tf.Tensor, halvings: int) -> tf.Tensor:
    """The image with sides divided by two, some times."""
    if not halvings:
        return image
    size = [
        max(sizes.LEAST_SIZE, each >> halvings) for each in image.shape[1:3]
    ]
    return tf.image.resize(image, size, "area")


def with_colors(image: tf.Tensor, content: tf.Tensor) -> tf.Tensor:
    """The lightness of one image with the colours of another."""
    lightness = tf.image.rgb_to_yuv(image)[..., :1]
    colors = tf.image.rgb_to_yuv(content)[..., 1:]
    found = tf.image.yuv_to_rgb(tf.concat([lightness, colors], axis=-1))
    return tf.clip_by_value(found, -1.0, 1.0)

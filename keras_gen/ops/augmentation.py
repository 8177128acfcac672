"""DiffAugment: what a discriminator sees of real and generated images alike.

    color         brightness, saturation and contrast, at random
    translation   a shift by up to an eighth of the size; zeros come in
    cutout        a square of half the size becomes 0

Each is differentiable, so the generator learns through it, and each is a
function of the row's seed.

Reference: Zhao et al. 2020, arXiv 2006.10738, section 3 and Figure 4.
"""

from collections.abc import Sequence

import tensorflow as tf

from keras_gen.ops import seeds

# Number of uniform draws for each row.
_NUM_DRAWS = 7
_STREAM = 0x41


def diff_augment(
    images: tf.Tensor, seed: tf.Tensor, policies: Sequence[str], stream: int = 0
) -> tf.Tensor:
    """Images as the discriminator shall see them.

    Args:
        images: [B, H, W, C] float32 in [-1, 1].
        seed: [B] int32.
        policies: some of "color", "translation", "cutout", in any order.
        stream: others are independent.

    Returns:
        [B, H, W, C] float32.

    Raises:
        ValueError: a policy is unknown.
    """
    unknown = [name for name in policies if name not in POLICIES]
    if unknown:
        raise ValueError(
            f"`policies` must be some of {', '.join(POLICIES)}. Received: "
            f"{', '.join(unknown)}."
        )
    if not policies:
        return images
    draws = seeds.uniform(seed, (_NUM_DRAWS,), _STREAM + stream)
    draws = tf.reshape(draws, (-1, 1, 1, 1, _NUM_DRAWS))
    for name, policy in POLICIES.items():
        if name in policies:
            images = policy(images, draws)
    return images


def _color(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    images = images + (draws[..., 0] - 0.5)  # Brightness.
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    images = (images - grey) * (2.0 * draws[..., 1]) + grey  # Saturation.
    mean = tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True)
    return (images - mean) * (draws[..., 2] + 0.5) + mean  # Contrast.


def _translation(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    for axis, draw in ((1, draws[..., 3]), (2, draws[..., 4])):
        size = images.shape[axis]
        most = int(size / 8 + 0.5)
        shift = tf.floor(draw * (2 * most + 1)) - most  # [B, 1, 1, 1]
        shift = tf.cast(shift[:, 0, 0, 0], tf.int32)
        # One position of zeros on either side, for what comes in.
        padding = [[0, 0]] * 4
        padding[axis] = [1, 1]
        padded = tf.pad(images, padding)
        index = tf.range(size)[tf.newaxis] + shift[:, tf.newaxis] + 1
        index = tf.clip_by_value(index, 0, size + 1)  # [B, size]
        images = tf.gather(padded, index, axis=axis, batch_dims=1)
    return images


def _cutout(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    outside = tf.ones_like(images[..., :1])
    inside = outside
    for axis, draw in ((1, draws[..., 5]), (2, draws[..., 6])):
        size = images.shape[axis]
        length = int(size / 2 + 0.5)
        # The centre is anywhere, so the square may lie partly outside.
        centre = tf.floor(draw * (size + (1 - length % 2)))  # [B, 1, 1, 1]
        first = centre - length // 2
        shape = [1, 1, 1, 1]
        shape[axis] = size
        place = tf.reshape(tf.range(size, dtype=tf.float32), shape)
        within = (place >= first) & (place < first + length)
        inside = inside * tf.cast(within, tf.float32)
    return images * (outside - inside)


POLICIES = {"color": _color, "translation": _translation, "cutout": _cutout}

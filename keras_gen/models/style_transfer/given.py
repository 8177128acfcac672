"""Images and networks that models of style transfer are given."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import spec
from keras_gen.models.style_transfer.sizes import LEAST_SIZE, MOST_PIXELS
from keras_gen.ops import images as image_ops
from keras_gen.ops import shapes

FILE = spec.Spec((), "string", doc="A JPEG, PNG or BMP file.")
PNG = spec.Spec((), "string", doc="A PNG file.")


def layer_of(network: keras.Model, layer: str, name: str) -> Any:
    """The symbolic output of a layer of a FeatureFn of Keras.

    Args:
        network: images to {layer: maps}.
        layer: which.
        name: what messages call the network.

    Raises:
        ValueError: it does not return that layer; says which it does.
    """
    has = network.output if isinstance(network.output, Mapping) else {}
    if layer not in has:
        raise ValueError(
            f"`{name}` must return {{layer: maps}} with {layer}. Received a "
            f"network that returns {', '.join(has) or 'no layers'}. Choose of "
            "those, or make the network return it."
        )
    return has[layer]


def checked(images: Any, name: str) -> tf.Tensor:
    """Images [B, H, W, 3] of any size, as a tensor.

    Args:
        images: float32 in [-1, 1].
        name: what messages call them.

    Raises:
        ValueError: another shape, type or range, or too small or too large.
    """
    if len(np.shape(images)) == 4 and np.shape(images)[-1] != 3:
        raise ValueError(
            f"`{name}` must have 3 channels, RGB. Received "
            f"{np.shape(images)[-1]}. Repeat grey three times; lay what has "
            "opacity on a background."
        )
    wanted = spec.Spec((None, None, 3), "float32", -1.0, 1.0)
    wanted.check(images, name)
    height, width = np.shape(images)[1:3]
    if min(height, width) < LEAST_SIZE or height * width > MOST_PIXELS:
        raise ValueError(
            f"`{name}` must have at least {LEAST_SIZE} pixels on each side and "
            f"at most {MOST_PIXELS:,} in all. Received {height}x{width}. "
            "Resize them."
        )
    return tf.convert_to_tensor(images)


def decoded(file: tf.Tensor) -> tf.Tensor:
    """[1, H, W, 3] of the bytes of a file, of a size that is accepted."""
    image = image_ops.decode(file)
    shapes.check(image, "H W 3", "image")
    size = tf.shape(image)
    checks = [
        tf.debugging.assert_greater_equal(
            tf.reduce_min(size[:2]),
            LEAST_SIZE,
            f"Images must have at least {LEAST_SIZE} pixels on each side.",
        ),
        tf.debugging.assert_less_equal(
            size[0] * size[1],
            MOST_PIXELS,
            f"Images must have at most {MOST_PIXELS:,} pixels.",
        ),
    ]
    with tf.control_dependencies([each for each in checks if each is not None]):
        return tf.identity(image)[tf.newaxis]


def example_file() -> np.ndarray:
    """[1] bytes of a PNG file of 20x24 pixels, from dark to light."""
    levels = np.linspace(-1.0, 1.0, 20 * 24 * 3, dtype=np.float32)
    return image_ops.encode_png(levels.reshape(1, 20, 24, 3)).numpy()


def padded(images: tf.Tensor, multiple: int) -> tf.Tensor:
    """Mirrors the lower and right border up to a multiple of the size."""
    size = images.shape[1:3]
    if not size.is_fully_defined():
        size = tf.unstack(tf.shape(images)[1:3])
    height, width = (-each % multiple for each in size)
    pads = [[0, 0], [0, height], [0, width], [0, 0]]
    return tf.pad(images, pads, mode="REFLECT")


def cropped(images: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """The upper left part, in the size of `like` [B, H, W, 3]."""
    height, width = like.shape[1:3]
    if None in (height, width):
        height, width = tf.unstack(tf.shape(like)[1:3])
    return images[:, :height, :width]

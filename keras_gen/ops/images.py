"""Images: levels and floats, sheets, PNG.

Images are float32 in [-1, 1], [B, H, W, C], everywhere in the library; bytes
with levels 0..255 exist only where files begin and end.
"""

import math
from collections.abc import Callable

import tensorflow as tf

from keras_gen.ops import shapes


def to_float(levels: tf.Tensor) -> tf.Tensor:
    """Levels 0..255 to float32 in [-1, 1]."""
    return tf.cast(levels, tf.float32) / 127.5 - 1.0


def to_uint8(images: tf.Tensor) -> tf.Tensor:
    """Floats in [-1, 1] to the nearest of the levels 0..255."""
    levels = tf.round((images + 1.0) * 127.5)
    return tf.cast(tf.clip_by_value(levels, 0.0, 255.0), tf.uint8)


def sheet(images: tf.Tensor, num_columns: int | None = None) -> tf.Tensor:
    """Tiles images into one, row by row; missing tiles are black.

    Args:
        images: [B, H, W, C] float32 in [-1, 1].
        num_columns: tiles in a row; as square as possible where None.

    Returns:
        [rows * H, num_columns * W, C] float32 in [-1, 1].
    """
    shapes.check(images, "B H W C", "images")
    count, height, width, channels = images.shape
    num_columns = num_columns or math.ceil(math.sqrt(count))
    num_rows = math.ceil(count / num_columns)
    missing = num_rows * num_columns - count
    images = tf.pad(
        images, [[0, missing], [0, 0], [0, 0], [0, 0]], constant_values=-1.0
    )
    tiles = tf.reshape(images, (num_rows, num_columns, height, width, channels))
    tiles = tf.transpose(tiles, (0, 2, 1, 3, 4))  # [rows, H, columns, W, C]
    return tf.reshape(tiles, (num_rows * height, num_columns * width, channels))


def encode_png(images: tf.Tensor) -> tf.Tensor:
    """PNG files [B] string of images [B, H, W, C] float32 in [-1, 1]."""
    shapes.check(images, "B H W C", "images")
    return tf.map_fn(
        tf.io.encode_png,
        to_uint8(images),
        fn_output_signature=tf.TensorSpec((), tf.string),
    )


def decode(file: tf.Tensor) -> tf.Tensor:
    """An image [H, W, 3] in [-1, 1] of the bytes of one file.

    Of a JPEG the same levels as Pillow reads: by default TensorFlow takes a
    faster transform, which differs by up to eight levels.

    Args:
        file: [] string, of a JPEG, PNG, BMP or GIF file; of a GIF the first
            frame. Grey becomes RGB; opacity is left out.

    Raises:
        InvalidArgumentError: it is no such file, or is damaged.
    """
    levels = tf.cond(
        tf.io.is_jpeg(file),
        lambda: tf.io.decode_jpeg(file, 3, dct_method="INTEGER_ACCURATE"),
        lambda: tf.io.decode_image(file, 3, expand_animations=False),
    )
    levels.set_shape((None, None, 3))
    return to_float(levels)


def map_files(
    function: Callable[..., tf.Tensor], *rows: tf.Tensor
) -> tf.Tensor:
    """PNG files [B] string of rows whose images have sizes of their own.

    Args:
        function: of a row of each of `rows`, to an image [H, W, C].
        *rows: [B, ...].
    """
    return tf.map_fn(
        lambda row: tf.io.encode_png(to_uint8(function(*row))),
        rows,
        fn_output_signature=tf.TensorSpec((), tf.string),
    )

"""Levels and floats are inverse to each other; sheets and PNGs hold them."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gen.ops import images as image_ops


def pictures(num, height=2, width=3, channels=1):
    """Images of one level each: the first is 0, the next 1, ..."""
    levels = np.arange(num, dtype=np.uint8)[:, None, None, None]
    levels = np.broadcast_to(levels, (num, height, width, channels))
    return image_ops.to_float(tf.constant(levels))


def test_every_level_survives_the_way_there_and_back():
    levels = np.arange(256, dtype=np.uint8)
    floats = image_ops.to_float(levels)
    assert floats.dtype == tf.float32
    assert (floats.numpy()[0], floats.numpy()[-1]) == (-1.0, 1.0)
    np.testing.assert_array_equal(image_ops.to_uint8(floats), levels)


def test_floats_go_to_the_nearest_level_and_never_wrap_around():
    found = image_ops.to_uint8(
        tf.constant([-3.0, -1.0, -0.994, 1.0, 1.01, 3.0])
    )
    np.testing.assert_array_equal(found, [0, 0, 1, 255, 255, 255])


@pytest.mark.parametrize(
    ("num", "num_columns", "rows", "columns"),
    [(1, None, 1, 1), (4, None, 2, 2), (5, None, 2, 3), (6, 2, 3, 2)],
)
def test_sheet_has_the_tiles_row_by_row(num, num_columns, rows, columns):
    sheet = image_ops.sheet(pictures(num), num_columns)
    assert sheet.shape == (rows * 2, columns * 3, 1)
    levels = image_ops.to_uint8(sheet).numpy()
    for index in range(rows * columns):
        row, column = divmod(index, columns)
        tile = levels[row * 2 : row * 2 + 2, column * 3 : column * 3 + 3]
        assert set(tile.ravel()) == {index if index < num else 0}


def test_a_tile_is_not_turned_or_mirrored():
    images = tf.random.stateless_uniform((3, 4, 5, 3), (0, 0), -1.0, 1.0)
    sheet = image_ops.sheet(images, num_columns=2)
    np.testing.assert_array_equal(sheet[4:8, 0:5], images[2])


def test_sheet_refuses_a_single_image():
    with pytest.raises(ValueError, match=r"`images` must have shape \[B, H, W"):
        image_ops.sheet(tf.zeros((4, 4, 1)))


@pytest.mark.parametrize("channels", [1, 3])
def test_png_files_hold_the_levels(channels):
    levels = np.random.default_rng(0).integers(
        0, 256, (3, 5, 7, channels), dtype=np.uint8
    )
    files = image_ops.encode_png(image_ops.to_float(levels))
    assert files.shape == (3,) and files.dtype == tf.string
    for each, expected in zip(files, levels, strict=True):
        np.testing.assert_array_equal(tf.io.decode_png(each), expected)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF"])
def test_files_are_read_as_pillow_reads_them(kind):
    levels = np.random.default_rng(0).integers(0, 256, (9, 13, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(levels).save(file, kind)
    expected = np.asarray(Image.open(file).convert("RGB"))
    decode = tf.function(image_ops.decode)
    found = image_ops.to_uint8(decode(file.getvalue())).numpy()
    np.testing.assert_array_equal(found, expected)

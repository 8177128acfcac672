"""One picture from a file, in the size that a network takes, or in its own.

Pictures are turned upright and laid on white where they are transparent.
"""

import os
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from keras_gen.data import image_folder, resizing
from keras_gen.data.examples import DataError

MOST_PIXELS = 40_000_000


def read_photo(
    path: str | os.PathLike,
    image_shape: Sequence[int] | None = None,
    longest_side: int = 0,
) -> np.ndarray:
    """Levels of a picture.

    Args:
        path: PNG, JPEG, WebP or BMP.
        image_shape: (H, W, C) in pixels, C 1 or 3, of the largest centred part
            of that aspect, resampled; grey becomes colour, or colour grey. Its
            own size, in colour, where None.
        longest_side: pixels that a larger picture is reduced to; 0 for none.

    Returns:
        [H, W, C] uint8.

    Raises:
        DataError: the file is missing, damaged, no picture, of more than 8
            bits a channel, or of more than 40 million pixels; or another C.
    """
    size, channels = None, 3
    if image_shape is not None:
        *size, channels = image_shape
    if channels not in (1, 3):
        raise DataError(
            "`image_shape` must have 1 or 3 channels, grey or RGB. Received "
            f"{channels}."
        )
    path = pathlib.Path(path)
    _, (height, width) = image_folder.examine(path)
    if height * width > MOST_PIXELS:
        raise DataError(
            f"{path} must have at most {MOST_PIXELS:,} pixels. It has "
            f"{width}x{height}: save it smaller."
        )
    levels = image_folder.decode(path, "RGBA", size, on_white=True)
    if channels == 1:
        return resizing.to_array(Image.fromarray(levels).convert("L"))
    if longest_side and max(levels.shape) > longest_side:
        image = Image.fromarray(levels)
        image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
        levels = np.asarray(image)
    return levels


def read_image(
    path: str | os.PathLike,
    longest_side: int = 0,
    image_size: Sequence[int] | None = None,
) -> np.ndarray:
    """[1, H, W, 3] float32 in [-1, 1], as models take it.

    Args:
        path: as in `read_photo`.
        longest_side: as in `read_photo`.
        image_size: (H, W) in pixels, or None for its own.

    Raises:
        DataError: as in `read_photo`.
    """
    shape = None if image_size is None else (*image_size, 3)
    levels = read_photo(path, shape, longest_side)
    return levels[np.newaxis].astype(np.float32) / 127.5 - 1.0

"""One picture from a file, in the size that a network takes."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from keras_gen.data import image_folder, resizing
from keras_gen.data.examples import DataError


def read_photo(
    path: str | os.PathLike, image_shape: Sequence[int]
) -> np.ndarray:
    """The largest centred part of the aspect, resampled.

    Pictures are turned upright and laid on white where they are transparent;
    grey ones become colour, or colour ones grey, as the shape has it.

    Args:
        path: PNG, JPEG, WebP or BMP.
        image_shape: (H, W, C) in pixels, C 1 or 3.

    Returns:
        [H, W, C] uint8.

    Raises:
        DataError: the file is missing, damaged, no picture, or of more than 8
            bits a channel; or another C.
    """
    height, width, channels = image_shape
    if channels not in (1, 3):
        raise DataError(
            "`image_shape` must have 1 or 3 channels, grey or RGB. Received "
            f"{channels}."
        )
    path = pathlib.Path(path)
    image_folder.examine(path)
    size = (height, width)
    rgb = image_folder.decode(path, "RGBA", size, on_white=True)
    if channels == 3:
        return rgb
    return resizing.to_array(Image.fromarray(rgb).convert("L"))

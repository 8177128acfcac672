"""One image from a file, as models of any size take it."""

import os
import pathlib

import numpy as np
from PIL import Image, ImageOps

from keras_gen.data.examples import DataError

MOST_PIXELS = 40_000_000


def read_photo(
    path: str | os.PathLike,
    longest_side: int = 0,
    image_size: tuple[int, int] | None = None,
) -> np.ndarray:
    """[1, H, W, 3] float32 in [-1, 1]; grey becomes RGB.

    Args:
        path: a JPEG, PNG, WebP or BMP file. It is turned as its EXIF says.
        longest_side: pixels, to which larger images are reduced; 0 for none.
        image_size: (H, W) to crop and resize to, or None.

    Raises:
        DataError: it cannot be read whole, has opacity, or more than 40
            million pixels.
    """
    path = pathlib.Path(path)
    try:
        with Image.open(path) as image:
            _check(path, image)
            image = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{path} must be a whole image file. It cannot be read: {error}. "
            "Check the path, or save the image again."
        ) from error
    if image_size is not None:
        lanczos = Image.Resampling.LANCZOS
        image = ImageOps.fit(image, image_size[::-1], lanczos)
    elif longest_side:  # Never larger than it is.
        image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    return np.asarray(image, np.float32)[np.newaxis] / 127.5 - 1.0


def _check(path: pathlib.Path, image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise DataError(
            f"{path} must have at most {MOST_PIXELS:,} pixels. It has "
            f"{width}x{height}: save it smaller."
        )
    if image.has_transparency_data:
        raise DataError(
            f"{path} must have no transparency, as what is behind is not "
            "known. Lay the image on a background."
        )

"""Image files of a scene, all of one size."""

import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image, UnidentifiedImageError

from keras_gen.data.examples import DataError


def read(paths: Sequence[pathlib.Path]) -> np.ndarray:
    """Images [N, H, W, 3], or [N, H, W, 4] with colours times opacity, uint8.

    Raises:
        DataError: a file is missing or no image, or sizes or channels differ.
    """
    images = [_read(path) for path in paths]
    for path, image in zip(paths, images, strict=True):
        if image.shape != images[0].shape:
            raise DataError(
                "Images of a scene must have one size and the same channels. "
                f"Received {list(image.shape)} from {path} and "
                f"{list(images[0].shape)} from {paths[0]}. Resize them, or "
                "take the odd one out."
            )
    return np.stack(images)


def _read(path: pathlib.Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            clear = "A" in image.getbands() or "transparency" in image.info
            pixels = np.asarray(image.convert("RGBA" if clear else "RGB"))
    except FileNotFoundError as error:
        raise DataError(
            f"The scene names {path}, which does not exist. Copy the image "
            "there, or take it out of the list."
        ) from error
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    if not clear:
        return pixels
    opacity = pixels[..., 3:] / 255.0
    return np.round(
        np.concatenate([pixels[..., :3] * opacity, pixels[..., 3:]], axis=-1)
    ).astype(np.uint8)

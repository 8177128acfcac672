"""Another size for images: the largest centred part of the aspect, resampled.

Lanczos resampling with antialiasing, by Pillow. Nothing is stretched or padded.
"""

import dataclasses

import numpy as np
from PIL import Image, ImageOps

from keras_gen.data.examples import DataError, Examples


def resize_examples(
    examples: Examples, image_size: tuple[int, int]
) -> Examples:
    """The same examples with images of `image_size` (H, W) in pixels."""
    if examples.image_shape[:2] == tuple(image_size):
        return examples
    images = np.stack([resize(each, image_size) for each in examples.images])
    return dataclasses.replace(examples, images=images)


def resize(image: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """One image [H, W, C] uint8, C 1, 3 or 4, in another size.

    Raises:
        ValueError: `image_size` or the number of channels is out of range.
    """
    channels = image.shape[-1]
    if channels not in (1, 3, 4):
        raise DataError(
            "`image_size` needs images of 1, 3 or 4 channels. Received "
            f"{channels}. Leave it out, or resize the files."
        )
    pixels = image[..., 0] if channels == 1 else image
    return to_array(fit(Image.fromarray(pixels), image_size))


def fit(image: Image.Image, image_size: tuple[int, int]) -> Image.Image:
    """Crops to the aspect of `image_size` (H, W) and resizes."""
    height, width = image_size
    if height < 1 or width < 1:
        raise ValueError(
            "`image_size` must be (height, width) in pixels, both 1 or more. "
            f"Received {tuple(image_size)}."
        )
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)


def to_array(image: Image.Image) -> np.ndarray:
    """[H, W, C] uint8; grey images have one channel."""
    array = np.asarray(image)
    return array if array.ndim == 3 else array[..., np.newaxis]

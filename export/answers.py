"""What a model answered, as files: a sheet of pictures, or all arrays."""

import io
import math
from collections.abc import Mapping

import numpy as np
from PIL import Image

from keras_gen import artifacts


def sheet(outputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """All pictures of an answer, tiled row by row; missing tiles are black.

    Args:
        outputs: with `images` [B, H, W, C] float32 in [-1, 1], C 1 or 3, or
            `images_bytes` [B], encoded pictures of one size.

    Returns:
        [rows * H, columns * W, C] uint8.

    Raises:
        ValueError: there are no such pictures among `outputs`.
    """
    if "images" in outputs:
        levels = np.round((outputs["images"] + 1.0) * 127.5)
        images = np.clip(levels, 0, 255).astype(np.uint8)
    elif "images_bytes" in outputs:
        images = np.stack([_decode(each) for each in outputs["images_bytes"]])
    else:
        raise ValueError(
            "A sheet is made of an output `images` or `images_bytes`. "
            f"Received the outputs {', '.join(sorted(outputs))}. Ask an "
            "endpoint that answers with pictures."
        )
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not len(images):
        raise ValueError(
            "`images` must have shape [B, H, W, 1] or [B, H, W, 3] with at "
            f"least one row. Received shape {list(images.shape)}."
        )
    count, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    tiles = np.zeros((rows * columns, *images.shape[1:]), np.uint8)
    tiles[:count] = images
    tiles = tiles.reshape(rows, columns, height, width, channels)
    return tiles.swapaxes(1, 2).reshape(
        rows * height, columns * width, channels
    )


def save_png(path: str, outputs: Mapping[str, np.ndarray]) -> None:
    """Writes the sheet of `outputs` to the PNG file `path`.

    Raises:
        ValueError: as `sheet`.
        ArtifactError: the file cannot be written.
    """
    pixels = sheet(outputs)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    with artifacts.atomic_file(path, seal=False) as temporary:
        image.save(temporary, "PNG")


def save_npz(path: str, outputs: Mapping[str, np.ndarray]) -> None:
    """Writes all `outputs` to the NPZ file `path`, strings as bytes.

    Raises:
        ValueError: strings end in zero bytes, which NumPy's cannot.
        ArtifactError: the file cannot be written.
    """
    stored = {}
    for name, value in outputs.items():
        stored[name] = value.astype("S") if value.dtype == object else value
        if stored[name].dtype.kind == "S" and (
            stored[name].tolist() != value.tolist()
        ):
            raise ValueError(
                f"`{name}` must not hold strings that end in zero bytes: an "
                "NPZ file cannot keep them. Use export.client.Client in "
                "Python."
            )
    with artifacts.atomic_file(path, seal=False) as temporary:
        np.savez(temporary, **stored)


def _decode(encoded: bytes) -> np.ndarray:
    pixels = np.asarray(Image.open(io.BytesIO(encoded)))
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]

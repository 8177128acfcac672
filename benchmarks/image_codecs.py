"""Bits for each number of images, by the codecs that everybody has.

    python -m benchmarks.image_codecs --dataset=cifar10 --data_dir=cifar10

prints what gzip, PNG and lossless WebP need, each image by itself and gzip for
all of them together: figures to hold `loss_bits_per_dim` of a model against.
"""

import gzip
import io
from collections.abc import Callable

import numpy as np
from absl import app, flags
from PIL import Image

from keras_gen import console

_DATASET = flags.DEFINE_string("dataset", "cifar10", "Of images.")
_DATA_DIR = flags.DEFINE_string("data_dir", "", "Where the data are.")
_SPLIT = flags.DEFINE_string("split", "test", "Of them.")


def main(argv: list[str]) -> None:
    """Prints a line for each codec."""
    del argv
    console.import_tensorflow()
    import keras_gen

    images = keras_gen.data.load(
        _DATASET.value, _SPLIT.value, data_dir=_DATA_DIR.value or None
    ).images
    print(f"{len(images)} images {images.shape[1:]}, bits for each number:")
    codecs = {
        "gzip": lambda image: gzip.compress(image.tobytes(), 9),
        "PNG": lambda image: _saved(image, format="PNG", optimize=True),
        "WebP": lambda image: _saved(
            image, format="WEBP", lossless=True, quality=100, method=6
        ),
    }
    for name, encode in codecs.items():
        print(f"{name:14} {bits_per_dim(images, encode):.3f}")
    together = len(gzip.compress(images.tobytes(), 9))
    print(f"{'gzip, of all':14} {8 * together / images.size:.3f}")


def bits_per_dim(
    images: np.ndarray, encode: Callable[[np.ndarray], bytes]
) -> float:
    """Mean bits for each number of uint8 images [N, H, W, C]."""
    return 8 * sum(len(encode(each)) for each in images) / images.size


def _saved(image: np.ndarray, **options) -> bytes:
    """The bytes of a file."""
    content = io.BytesIO()
    # Grey images have no axis of channels.
    Image.fromarray(
        np.squeeze(image, -1) if image.shape[-1] == 1 else image
    ).save(content, **options)
    return content.getvalue()


if __name__ == "__main__":
    app.run(main)

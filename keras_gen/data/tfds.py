"""Images from tensorflow_datasets, which is imported only when used."""

import os

import numpy as np

from keras_gen.data import resizing
from keras_gen.data.examples import DataError

_INSTALL = "pip install tensorflow-datasets"


def read(
    name: str,
    split: str,
    data_dir: str | os.PathLike | None,
    image_size: tuple[int, int] | None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Images [N, H, W, C] and labels [N] of a data set with "image".

    Downloads and prepares the data set where it is not there yet.

    Args:
        name: in tensorflow_datasets, with version or configuration if wanted.
        split: in its syntax, such as "train[:10%]".
        data_dir: where prepared data sets are kept; None for its own place.
        image_size: (H, W) in pixels; needed where sizes differ.

    Raises:
        DataError: tensorflow_datasets is not installed, cannot provide the
            data set, or the images differ in size.
    """
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise DataError(
            f"tensorflow_datasets is not installed, needed for {name}: "
            f"`{_INSTALL}`."
        ) from error
    try:
        builder = tensorflow_datasets.builder(name, data_dir=data_dir)
        builder.download_and_prepare()
        dataset = builder.as_dataset(split=split, shuffle_files=False)
    except Exception as error:  # Of the network, a mirror, the disk, ...
        raise DataError(
            f"tensorflow_datasets could not provide {name} ({split}): "
            f"{type(error).__name__}: {_first_line(error)} Check the name, the "
            "network, and --data_dir=... if it was prepared elsewhere."
        ) from error
    return _stack(name, tensorflow_datasets.as_numpy(dataset), image_size)


def _stack(
    name: str, records, image_size: tuple[int, int] | None
) -> tuple[np.ndarray, np.ndarray | None]:
    images, labels = [], []
    for record in records:
        if not isinstance(record, dict) or "image" not in record:
            raise DataError(
                f"{name} must have the feature `image`. Choose an image data "
                "set of tensorflow_datasets."
            )
        image = record["image"]
        if image_size is not None:
            image = resizing.resize(image, image_size)
        images.append(image)
        labels.append(record.get("label"))
        if image.shape != images[0].shape:
            raise DataError(
                "`image_size` must be given where images differ in size. "
                f"{name} has {list(images[0].shape)} and "
                f"{list(image.shape)}."
            )
    if not images:
        raise DataError(f"{name} is empty. Choose another split.")
    has_labels = np.ndim(labels[0]) == 0 and labels[0] is not None
    return np.stack(images), np.stack(labels) if has_labels else None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") + "." if lines else "no message."

"""Images from tensorflow_datasets, which is imported only when used."""

import os

import numpy as np

from keras_gen.data import captions as caption_files
from keras_gen.data import resizing
from keras_gen.data.examples import Arrays, Captions, DataError

_INSTALL = "pip install tensorflow-datasets"
_CAPTION_FEATURES = ("captions", "caption", "text")


def read(
    name: str,
    split: str,
    data_dir: str | os.PathLike | None,
    image_size: tuple[int, int] | None,
) -> Arrays:
    """Images [N, H, W, C] and labels [N] of a data set with "image".

    Downloads and prepares the data set where it is not there yet.

    Captions are those of the feature "captions", "caption" or "text": a text, a
    list of texts, or a list of records that have a "text", as in coco_captions.

    Args:
        name: in tensorflow_datasets, with version or configuration if wanted.
        split: in its syntax, such as "train[:10%]".
        data_dir: where prepared data sets are kept; None for its own place.
        image_size: (H, W) in pixels; needed where sizes differ.

    Raises:
        DataError: tensorflow_datasets is not installed, cannot provide the
            data set, the images differ in size, or some have no caption where
            others do.
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


def _stack(name: str, records, image_size: tuple[int, int] | None) -> Arrays:
    images, labels, captions = [], [], []
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
        captions.append(_texts(name, record, len(captions)))
        if image.shape != images[0].shape:
            raise DataError(
                "`image_size` must be given where images differ in size. "
                f"{name} has {list(images[0].shape)} and "
                f"{list(image.shape)}."
            )
    if not images:
        raise DataError(f"{name} is empty. Choose another split.")
    has_labels = np.ndim(labels[0]) == 0 and labels[0] is not None
    return Arrays(
        np.stack(images),
        np.stack(labels) if has_labels else None,
        _all_or_none(name, captions),
    )


def _texts(name: str, record: dict, index: int) -> tuple[str, ...]:
    """Captions of one record; empty without such a feature of texts."""
    values = [record[key] for key in _CAPTION_FEATURES if key in record]
    for value in values:
        if isinstance(value, dict):
            value = value.get("text", ())
        texts = np.atleast_1d(np.asarray(value, object)).tolist()
        if texts and all(isinstance(each, bytes | str) for each in texts):
            try:
                return tuple(caption_files.clean(each) for each in texts)
            except ValueError as error:
                raise DataError(
                    f"Captions of {name} must be texts. Received {error} in "
                    f"record {index}. Choose a split without it."
                ) from error
    return ()


def _all_or_none(name: str, captions: list[tuple[str, ...]]) -> Captions | None:
    if not any(captions):
        return None
    if not all(captions):
        raise DataError(
            f"{name} must have captions for all images or for none. Record "
            f"{captions.index(())} has none. Choose a split without it."
        )
    return tuple(captions)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") + "." if lines else "no message."

"""`load`: finds a data set by name, reads it, and checks it.

The places are searched in this order, and the first that holds the data set
is taken:

1. `data_dir` where it is given, and then nothing else: data that is not there
   is an error.
2. The package itself (`digits`).
3. The folder of the Debian package (`fashion_mnist`).
4. The cache of Keras, `~/.keras` or `KERAS_HOME`.
5. tensorflow_datasets, which may download it.
"""

import os
import pathlib
from collections.abc import Iterator

import numpy as np

from keras_gen.data import (
    catalog,
    cifar,
    idx,
    image_folder,
    npz,
    resizing,
    tfds,
)
from keras_gen.data.examples import Arrays, DataError, Examples

_LAYOUTS = "; ".join(
    module.LAYOUT for module in (npz, idx, cifar, image_folder)
)


def load(
    name: str,
    split: str = "train",
    data_dir: str | os.PathLike | None = None,
    image_size: tuple[int, int] | None = None,
) -> Examples:
    """One split of a data set, in memory.

    Args:
        name: one of `names()`, such as "digits" or "tfds:oxford_flowers102".
        split: "train" or "test"; image folders and tensorflow_datasets may
            have others.
        data_dir: where the files are; for "tfds:<name>" the folder of
            tensorflow_datasets. A folder in it with the name of the data set
            goes before the folder itself.
        image_size: (H, W) in pixels, to which the largest centred part of that
            aspect is resized. Needed where sizes differ.

    Returns:
        Levels and labels as they were stored; grey images have one channel.
        Captions where the files have any: then transparent images of a folder
        are laid on white.

    Raises:
        ValueError: unknown name.
        DataError: missing or damaged files, or images of another shape than
            the name promises.
    """
    entry = catalog.find(name)
    if name.startswith(catalog.TFDS_PREFIX):
        found = tfds.read(entry.tfds_name, split, data_dir, image_size)
        source = f"tensorflow_datasets: {entry.tfds_name}"
    elif data_dir is not None:
        place = _place(data_dir, entry)
        found = _read(place, entry, split, image_size)
        if found is None:
            raise DataError(
                f"`data_dir` must hold {name}. Looked in {place} for: "
                f"{_LAYOUTS}. Give the folder that holds one of these."
            )
        source = str(place)
    else:
        found, source = _search(entry, split, image_size)
    return _examples(entry, split, source, found, image_size)


def _search(entry: catalog.Entry, split: str, image_size) -> tuple:
    """The data and its source, from the first place that has it."""
    if entry.name == "folder":
        raise DataError(
            "`data_dir` must be given for the data set `folder`: it may hold "
            f"{_LAYOUTS}."
        )
    places = list(_known_places(entry))
    for place in places:
        found = _read(place, entry, split, image_size)
        if found is not None:
            return found, str(place)
    try:
        found = tfds.read(entry.tfds_name, split, None, image_size)
    except DataError as error:
        raise DataError(
            f"{entry.name} was not found. Looked in "
            f"{', '.join(map(str, places))}; then: {error} Or put its files "
            "into a folder and give that, --data_dir=..., or use `digits`, "
            "which ships with the package."
        ) from error
    return found, f"tensorflow_datasets: {entry.tfds_name}"


def _known_places(entry: catalog.Entry) -> Iterator[pathlib.Path]:
    if entry.embedded:
        yield pathlib.Path(__file__).parent / entry.embedded
    if entry.system_dir:
        yield pathlib.Path(entry.system_dir)
    keras_home = os.environ.get("KERAS_HOME") or "~/.keras"
    for path in entry.keras_paths:
        yield pathlib.Path(keras_home).expanduser() / path


def _place(data_dir: str | os.PathLike, entry: catalog.Entry) -> pathlib.Path:
    place = pathlib.Path(data_dir).expanduser()
    if not place.exists():
        raise DataError(
            f"`data_dir` must exist. Received {place}. Check the path."
        )
    own = place / entry.name
    return own if own.is_dir() else place


def _read(
    place: pathlib.Path, entry: catalog.Entry, split: str, image_size
) -> Arrays | None:
    """Tries one format after another; None where `place` has none of them."""
    found = (
        npz.read(place, entry.name, split)
        or idx.read(place, split)
        or cifar.read(place, split)
        or image_folder.read(place, split, image_size)
    )
    return None if found is None else Arrays(*found)


def _examples(
    entry: catalog.Entry,
    split: str,
    source: str,
    arrays: Arrays,
    image_size: tuple[int, int] | None,
) -> Examples:
    images, labels, captions = arrays
    if images.ndim == 3:
        images = images[..., np.newaxis]  # [N, H, W, 1]
    if labels is not None:
        if not np.issubdtype(labels.dtype, np.integer):
            raise DataError(
                f"Labels must be whole numbers. Received {labels.dtype} from "
                f"{source}."
            )
        labels = labels.reshape(-1).astype(np.int32)
    examples = Examples(
        images, labels, entry.name, split, source, entry.attribution, captions
    )
    if entry.image_shape not in (None, examples.image_shape):
        raise DataError(
            f"{entry.name} has images of {list(entry.image_shape)}. Received "
            f"{list(examples.image_shape)} from {source}. Give another "
            "data_dir, or name the data set `folder`."
        )
    if image_size is None:
        return examples
    return resizing.resize_examples(examples, image_size)

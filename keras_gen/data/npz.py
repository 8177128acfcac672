"""Images from NumPy archives (.npz).

The keys are those of Keras, `x_train`, `y_train`, `x_test`, `y_test` (or any
other split), or `images` and, where there are any, `labels`.
"""

import pathlib
import zipfile
import zlib

import numpy as np

from keras_gen.data.examples import DataError

LAYOUT = "NAME.npz, SPLIT.npz, or a single .npz"


def read(
    place: pathlib.Path, name: str, split: str
) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Images and labels of a split as they are in the archive.

    Args:
        place: an archive, or a folder with `name`.npz, `split`.npz or only
            one archive.
        name: of the data set.
        split: "train", "test" or another that the keys name.

    Returns:
        None where there is no archive.

    Raises:
        DataError: several archives and none of the names, a damaged archive,
            or one without the split.
    """
    path = _find(place, name, split)
    if path is None:
        return None
    try:
        with (
            open(path, "rb") as file,  # NumPy leaves damaged files open.
            np.load(file, allow_pickle=False) as archive,
        ):
            image_key, label_key = _keys(path, split, archive.files)
            images = archive[image_key]
            labels = archive[label_key] if label_key else None
    except DataError:
        raise
    except (
        AttributeError,
        OSError,
        EOFError,
        KeyError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise DataError(
            f"{path} cannot be read as a NumPy archive of plain arrays: "
            f"{error}. It is damaged or of another format; copy or write it "
            "again with `np.savez_compressed`."
        ) from error
    return images, labels


def _find(place: pathlib.Path, name: str, split: str) -> pathlib.Path | None:
    if place.is_file():
        return place if place.suffix == ".npz" else None
    archives = sorted(place.glob("*.npz"))
    for stem in (name, split):
        if place / f"{stem}.npz" in archives:
            return place / f"{stem}.npz"
    if len(archives) > 1:
        raise DataError(
            f"{place} must hold {name}.npz, {split}.npz or a single archive. "
            f"Received {', '.join(path.name for path in archives)}. Give the "
            "path of the file that is meant."
        )
    return archives[0] if archives else None


def _keys(
    path: pathlib.Path, split: str, present: list[str]
) -> tuple[str, str | None]:
    """The keys of images and labels; the latter None without labels."""
    choices = [(f"x_{split}", f"y_{split}")]
    if split in ("train", path.stem):  # Unnamed images are for training.
        choices.append(("images", "labels"))
    for image_key, label_key in choices:
        if image_key in present:
            return image_key, label_key if label_key in present else None
    wanted = " or ".join(f"`{image_key}`" for image_key, _ in choices)
    raise DataError(
        f"{path} must hold the {split} images under the key {wanted}. It holds "
        f"{', '.join(present) or 'nothing'}. Choose another split, or rename "
        "the arrays."
    )

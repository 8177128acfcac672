"""Images from NumPy archives (.npz).

The keys are those of Keras, `x_train`, `y_train`, `x_test`, `y_test` (or any
other split), or `images` and, where there are any, `labels`.

Captions are an array of texts under `captions_train`, `captions_test`, ..., or
`captions` where the archive has images of one split alone: [N], or [N, K] for
up to K captions of an image, of which empty ones do not count.
"""

import pathlib
import zipfile
import zlib

import numpy as np

from keras_gen.data import captions as caption_files
from keras_gen.data.examples import Arrays, Captions, DataError

LAYOUT = "NAME.npz, SPLIT.npz, or a single .npz"


def read(place: pathlib.Path, name: str, split: str) -> Arrays | None:
    """Images, labels and captions of a split as they are in the archive.

    Args:
        place: an archive, or a folder with `name`.npz, `split`.npz or only
            one archive.
        name: of the data set.
        split: "train", "test" or another that the keys name.

    Returns:
        None where there is no archive.

    Raises:
        DataError: several archives and none of the names, a damaged archive,
            one without the split, or captions that are not one text or more
            for each image.
    """
    path = _find(place, name, split)
    if path is None:
        return None
    try:
        with (
            open(path, "rb") as file,  # NumPy leaves damaged files open.
            np.load(file, allow_pickle=False) as archive,
        ):
            keys = _keys(path, split, archive.files)
            images, labels, captions = (
                archive[key] if key else None for key in keys
            )
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
    if captions is not None:
        captions = _captions(path, captions, images.shape[:1])
    return Arrays(images, labels, captions)


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
) -> tuple[str, str | None, str | None]:
    """The keys of images, labels and captions; None for what is not there."""
    choices = [(f"x_{split}", f"y_{split}", f"captions_{split}")]
    if split in ("train", path.stem):  # Unnamed images are for training.
        choices.append(("images", "labels", "captions"))
    for image_key, *others in choices:
        if image_key in present:
            label_key, caption_key = (
                key if key in present else None for key in others
            )
            if caption_key is None and "captions" in present:
                caption_key = _shared_captions(path, split, present)
            return image_key, label_key, caption_key
    wanted = " or ".join(f"`{image_key}`" for image_key, *_ in choices)
    raise DataError(
        f"{path} must hold the {split} images under the key {wanted}. It holds "
        f"{', '.join(present) or 'nothing'}. Choose another split, or rename "
        "the arrays."
    )


def _shared_captions(path: pathlib.Path, split: str, present: list[str]) -> str:
    splits = [key for key in present if key.startswith("x_")]
    if len(splits) > 1:
        raise DataError(
            f"{path} must say which images `captions` belong to: it holds "
            f"{', '.join(splits)}. Rename the array to `captions_{split}`."
        )
    return "captions"


def _captions(
    path: pathlib.Path, captions: np.ndarray, count: tuple[int, ...]
) -> Captions:
    """Rows of texts as tuples, without the empty ones that fill a row."""
    if captions.dtype.kind not in "SU" or captions.ndim not in (1, 2):
        raise DataError(
            f"Captions must be an array of texts, [N] or [N, K]. {path} has "
            f"{list(captions.shape)} {captions.dtype}. Make it by "
            "`np.array(texts)` from strings."
        )
    if captions.shape[:1] != count:
        raise DataError(
            f"{path} must have as many captions as images. Received "
            f"{len(captions)} for {', '.join(map(str, count))}."
        )
    rows = captions if captions.ndim == 2 else captions[:, np.newaxis]
    found = []
    for index, row in enumerate(rows.tolist()):
        try:
            texts = [caption_files.clean(text) for text in row if text]
        except ValueError as error:
            raise DataError(f"Caption {index} of {path} is {error}.") from error
        if not texts:
            raise DataError(
                f"{path} must have a caption for each image. That of image "
                f"{index} is empty."
            )
        found.append(tuple(texts))
    return tuple(found)

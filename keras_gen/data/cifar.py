"""Images from the files of CIFAR-10 as its authors publish them.

The "binary version" has `data_batch_1.bin` to `data_batch_5.bin` and
`test_batch.bin`; each row is a label and 3072 bytes, [3, 32, 32]. The "python
version", which the cache of Keras holds too, has pickles without a suffix.

Reference: Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny
Images"; https://www.cs.toronto.edu/~kriz/cifar.html.
"""

import pathlib
import pickle

import numpy as np

from keras_gen.data.examples import DataError

LAYOUT = "data_batch_1(.bin) to data_batch_5(.bin) and test_batch(.bin)"

_SHAPE = (3, 32, 32)
_ROW_SIZE = 1 + 3 * 32 * 32
_STEMS = {
    "train": [f"data_batch_{number}" for number in range(1, 6)],
    "test": ["test_batch"],
}
# All that a pickle of arrays of bytes refers to, under old and new names.
_PICKLED = frozenset(
    (module, name)
    for module in ("numpy.core.multiarray", "numpy._core.multiarray")
    for name in ("_reconstruct", "scalar")
) | {("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}


def read(
    place: pathlib.Path, split: str
) -> tuple[np.ndarray, np.ndarray] | None:
    """Images [N, 32, 32, 3] uint8 and labels [N] of a split.

    Returns:
        None where `place` has no such file.

    Raises:
        DataError: some files of the split are missing or damaged.
    """
    for suffix, read_file in ((".bin", _read_binary), ("", _read_pickle)):
        stems = [stem for stems in _STEMS.values() for stem in stems]
        if any((place / f"{stem}{suffix}").is_file() for stem in stems):
            paths = _paths(place, split, suffix)
            images, labels = zip(*map(read_file, paths), strict=True)
            images = np.concatenate(images).reshape(-1, *_SHAPE)
            return images.transpose(0, 2, 3, 1), np.concatenate(labels)
    return None


def _paths(place: pathlib.Path, split: str, suffix: str) -> list[pathlib.Path]:
    if split not in _STEMS:
        raise DataError(
            f"`split` must be one of {', '.join(_STEMS)} for the files of "
            f"CIFAR-10 in {place}. Received {split!r}."
        )
    paths = [place / f"{stem}{suffix}" for stem in _STEMS[split]]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise DataError(
            f"{place} lacks {', '.join(missing)} of the {split} images. Unpack "
            "the archive of CIFAR-10 again."
        )
    return paths


def _read_binary(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    content = np.fromfile(path, np.uint8)
    if not content.size or content.size % _ROW_SIZE:
        raise _damaged(
            path, f"{content.size} bytes are not whole rows of {_ROW_SIZE}"
        )
    rows = content.reshape(-1, _ROW_SIZE)
    return rows[:, 1:], rows[:, 0]


def _read_pickle(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with open(path, "rb") as file:
            batch = _ArrayUnpickler(file, encoding="bytes").load()
        images = np.asarray(batch[b"data"], np.uint8)
        labels = np.asarray(batch[b"labels"], np.int32)
        images = images.reshape(len(labels), _ROW_SIZE - 1)
    except Exception as error:  # A damaged pickle may raise anything.
        raise _damaged(path, str(error)) from error
    return images, labels


class _ArrayUnpickler(pickle.Unpickler):
    """Refuses everything but arrays: a pickle could else run any code."""

    def find_class(self, module: str, name: str):
        if (module, name) not in _PICKLED:
            raise pickle.UnpicklingError(f"it refers to {module}.{name}")
        return super().find_class(module, name)


def _damaged(path: pathlib.Path, reason: str) -> DataError:
    return DataError(
        f"{path} is not a whole file of CIFAR-10: {reason}. Unpack or download "
        "it again."
    )

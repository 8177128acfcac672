"""Images from the IDX files of MNIST and its relatives, plain or gzipped.

An IDX file is a magic number (two zero bytes, the type, the number of axes),
the size of each axis as big-endian 32-bit integers, and the bytes.

Reference: http://yann.lecun.com/exdb/mnist, "File formats".
"""

import gzip
import pathlib
import struct
import zlib

import numpy as np

from keras_gen.data.examples import DataError

LAYOUT = "train-images-idx3-ubyte(.gz) and its three companions"

_PREFIXES = {"train": "train", "test": "t10k"}
_UINT8 = 8  # Type byte of the magic number.


def read(
    place: pathlib.Path, split: str
) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Images [N, H, W] and labels [N] of a split.

    Args:
        place: folder with the files.
        split: "train" or "test".

    Returns:
        None where there is no IDX file of images. Labels are None where their
        file is missing.

    Raises:
        DataError: only another split is there, or a file is damaged.
    """
    images = {
        each: _find(place, f"{prefix}-images-idx3-ubyte")
        for each, prefix in _PREFIXES.items()
    }
    if not any(images.values()):
        return None
    if not images.get(split):
        present = [each for each, path in images.items() if path]
        raise DataError(
            f"`split` must be one that {place} holds as IDX files: "
            f"{', '.join(present)}. Received {split!r}. Add "
            f"{_PREFIXES.get(split, split)}-images-idx3-ubyte or choose "
            "another split."
        )
    labels = _find(place, f"{_PREFIXES[split]}-labels-idx1-ubyte")
    return (
        _read_file(images[split], num_axes=3),
        _read_file(labels, num_axes=1) if labels else None,
    )


def _find(place: pathlib.Path, stem: str) -> pathlib.Path | None:
    for name in (stem, f"{stem}.gz"):
        if (place / name).is_file():
            return place / name
    return None


def _read_file(path: pathlib.Path, num_axes: int) -> np.ndarray:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            content = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, f"it cannot be read: {error}") from error
    header_size = 4 + 4 * num_axes
    magic = struct.pack(">HBB", 0, _UINT8, num_axes)
    if content[:4] != magic or len(content) < header_size:
        raise _damaged(
            path,
            f"it must begin with {magic.hex()} and not {content[:4].hex()}",
        )
    shape = struct.unpack(f">{num_axes}I", content[4:header_size])
    found = len(content) - header_size
    expected = int(np.prod(shape, dtype=np.int64))
    if found != expected:
        raise _damaged(
            path,
            f"its header promises {list(shape)}, {expected} bytes, and "
            f"{found} follow",
        )
    return np.frombuffer(content, np.uint8, offset=header_size).reshape(shape)


def _damaged(path: pathlib.Path, reason: str) -> DataError:
    return DataError(
        f"{path} is not a whole IDX file: {reason}. Copy or download it again."
    )

"""Arrays of an npz file of weights."""

import pathlib
import zipfile

import numpy as np


def read(path: pathlib.Path) -> dict[str, np.ndarray]:
    """{name: array}, with the types of the file.

    Args:
        path: of the file.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"`path` must be an npz file of weights. {path} cannot be read: "
            f"{error}. Check the path, or copy the file again."
        ) from error

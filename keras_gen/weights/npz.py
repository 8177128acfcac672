"""Arrays of an npz file, or an error that says what to do."""

import os
import zipfile

import numpy as np


def read(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """{name: array} of all arrays, as they are in the file.

    Raises:
        ValueError: it cannot be read, or holds Python objects.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"`path` must be an npz file of weights. {path} cannot be read: "
            f"{error}. Check the path, or copy the file again."
        ) from error

"""Scenes in a NumPy archive.

Its keys are SPLIT_rgba [N, H, W, 4] uint8 (colours multiplied by opacity) or
SPLIT_rgb, SPLIT_poses [N, 4, 4], and focal; near and far where they are not 2
and 6.
"""

import pathlib
import zipfile

import numpy as np

from keras_gen.data.examples import DataError
from keras_gen.data.scenes import Scene

LAYOUT = "a .npz with SPLIT_rgba or SPLIT_rgb, SPLIT_poses and focal"


def read(place: pathlib.Path, name: str, split: str) -> Scene | None:
    """The scene of an archive, or of the only one in a folder, or None.

    Raises:
        DataError: it is damaged or lacks a key.
    """
    found = [place] if place.is_file() else sorted(place.glob("*.npz"))
    if len(found) != 1 or found[0].suffix != ".npz":
        return None
    path = found[0]
    try:
        with open(path, "rb") as file, np.load(file) as archive:
            arrays = dict(archive)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} cannot be read as a NumPy archive: {error}. Copy or write "
            "it again."
        ) from error
    images = arrays.get(f"{split}_rgba", arrays.get(f"{split}_rgb"))
    poses, focal = arrays.get(f"{split}_poses"), arrays.get("focal")
    if images is None or poses is None or focal is None:
        raise DataError(
            f"{path} must hold {split}_rgba (or {split}_rgb), {split}_poses "
            f"and focal. It holds {', '.join(arrays)}."
        )
    return Scene(
        images,
        np.asarray(poses, np.float32),
        float(focal),
        float(arrays.get("near", 2.0)),
        float(arrays.get("far", 6.0)),
        name,
        split,
        str(path),
    )

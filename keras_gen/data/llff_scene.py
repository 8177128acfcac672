"""Scenes of LLFF: poses_bounds.npy and a folder of images.

A row has 17 numbers: a matrix [3, 5], whose columns are the camera's down,
right and backwards axes, its position, and (H, W, focal); and the nearest and
farthest depth.

Reference: Mildenhall et al. 2019, arXiv 1905.00889.
"""

import pathlib

import numpy as np

from keras_gen.data import photographs, views
from keras_gen.data.examples import DataError
from keras_gen.data.scenes import Scene

LAYOUT = "poses_bounds.npy and images/"
_SHRINK = 0.75  # The nearest depth becomes 1 / 0.75, as in the paper's code.


def read(place: pathlib.Path, name: str, split: str) -> Scene | None:
    """The scene of a folder, or None where there is no such file.

    Lengths are scaled so that everything lies beyond depth 1, and cameras are
    turned so that on average they look along -z from the origin: as normalized
    device coordinates want it.

    Raises:
        DataError: the file or an image does not fit.
    """
    path = place / "poses_bounds.npy"
    if not path.is_file():
        return None
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    if rows.ndim != 2 or rows.shape[1] != 17:
        raise DataError(
            f"{path} must be [N, 17] numbers. Received {list(rows.shape)}."
        )
    files = views.images_in(place / "images")
    if len(files) != len(rows):
        raise DataError(
            f"{path} must have a row for each image. Received {len(rows)} rows "
            f"and {len(files)} images in {place / 'images'}."
        )
    chosen = views.of_split(len(rows), split)
    matrices = rows[:, :15].reshape(-1, 3, 5)
    bounds = rows[:, 15:]
    scale = 1.0 / (bounds.min() * _SHRINK)
    down, right, back, position = np.moveaxis(matrices[..., :4], 2, 0)
    axes = np.stack([right, -down, back, scale * position], axis=2)
    images = photographs.read([files[i] for i in chosen])
    height, _, focal = matrices[0, :, 4]
    return Scene(
        images,
        views.centred(axes)[chosen].astype(np.float32),
        float(focal * images.shape[1] / height),
        1.0,
        float(bounds.max() * scale),
        name,
        split,
        str(path),
    )

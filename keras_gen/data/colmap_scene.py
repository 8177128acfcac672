"""Scenes that COLMAP has reconstructed, exported as text.

`colmap model_converter --output_type TXT` writes cameras.txt, images.txt and
points3D.txt into `sparse/0`, or anywhere.

Reference: Schoenberger and Frahm 2016, "Structure-from-Motion Revisited".
"""

import pathlib

import numpy as np

from keras_gen.data import photographs, views
from keras_gen.data.examples import DataError
from keras_gen.data.scenes import Scene

LAYOUT = "sparse/0/images.txt, cameras.txt and points3D.txt, and images/"
_PLACES = ("sparse/0", "sparse", ".")
_MODELS = {"SIMPLE_PINHOLE": (0, 0), "PINHOLE": (0, 1)}


def read(place: pathlib.Path, name: str, split: str) -> Scene | None:
    """The scene of a folder, or None where there is no such file.

    Raises:
        DataError: a file does not fit, cameras have lenses or differ.
    """
    folders = [place / each for each in _PLACES]
    folder = next((f for f in folders if (f / "images.txt").is_file()), None)
    if folder is None:
        return None
    try:
        focal, width = _focal(folder / "cameras.txt")
        names, axes = _views(folder / "images.txt")
        points = np.array(
            [r[1:4] for r in _rows(folder / "points3D.txt")], np.float64
        )
        depths = _depths(axes, points)
    except (OSError, IndexError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{folder} cannot be read as COLMAP text: {error}. Export it by "
            "`colmap model_converter --output_type TXT`."
        ) from error
    chosen = views.of_split(len(names), split)
    files = [place / "images" / names[i] for i in chosen]
    images = photographs.read(files)
    scale = 1.0 / (0.75 * depths.min())
    axes[:, :, 3] *= scale
    return Scene(
        images,
        views.centred(axes)[chosen].astype(np.float32),
        focal * images.shape[2] / width,
        1.0,
        float(1.2 * depths.max() * scale),
        name,
        split,
        str(folder),
    )


def _rows(path: pathlib.Path) -> list[list[str]]:
    lines = path.read_text().splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


def _focal(path: pathlib.Path) -> tuple[float, float]:
    cameras = _rows(path)
    kind, width, height, *numbers = cameras[0][1:]
    if len(cameras) != 1 or kind not in _MODELS:
        kinds = ", ".join(row[1] for row in cameras)
        raise DataError(
            f"{path} must have one camera of the kind {' or '.join(_MODELS)}. "
            f"Received: {kinds}. Undistort the images by `colmap "
            "image_undistorter`, with one camera for all."
        )
    del height
    both = [float(numbers[i]) for i in _MODELS[kind]]
    if abs(both[0] - both[1]) > 0.01 * both[0]:
        raise DataError(
            f"{path} must have square pixels. Received focal lengths {both}."
        )
    return sum(both) / 2, float(width)


def _views(path: pathlib.Path) -> tuple[list[str], np.ndarray]:
    """Names of images in order, and camera-to-world matrices [N, 3, 4]."""
    rows = _rows(path)[::2]  # Between them stand the points of the image.
    rows.sort(key=lambda row: row[9])
    numbers = np.array([row[1:8] for row in rows], np.float64)
    turns = _rotations(numbers[:, :4])  # World to camera.
    back = np.swapaxes(turns, 1, 2)
    position = -np.einsum("nij,nj->ni", back, numbers[:, 4:])
    # COLMAP's y goes down and its z forwards.
    axes = back * np.array([1.0, -1.0, -1.0])
    return [row[9] for row in rows], np.dstack([axes, position])


def _rotations(quaternions: np.ndarray) -> np.ndarray:
    """Matrices [N, 3, 3] of quaternions [N, 4], real part first."""
    norms = np.linalg.norm(quaternions, axis=1, keepdims=True)
    w, x, y, z = (quaternions / norms).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def _depths(axes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Depths of points before cameras: all but the outermost in a hundred."""
    away = points[np.newaxis] - axes[:, np.newaxis, :, 3]
    depths = -np.einsum("npi,ni->np", away, axes[:, :, 2])
    return np.percentile(depths[depths > 0], [1.0, 99.0])

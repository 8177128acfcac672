"""What scenes of photographs share: files, splits, a common frame."""

import pathlib

import numpy as np

from keras_gen.data.examples import DataError

_SUFFIXES = (".png", ".jpg", ".jpeg")
_HOLD = 8  # Every eighth view is for testing, as in the paper.


def images_in(folder: pathlib.Path) -> list[pathlib.Path]:
    """The image files of a folder, by name."""
    return sorted(
        path for path in folder.glob("*") if path.suffix.lower() in _SUFFIXES
    )


def of_split(num: int, split: str) -> np.ndarray:
    """Which of `num` views belong to "train" or "test".

    Raises:
        DataError: there is no such split.
    """
    is_test = np.arange(num) % _HOLD == 0
    if split not in ("train", "test"):
        raise DataError(
            f"`split` must be train or test. Received: {split!r}. Every "
            f"{_HOLD}th view is of the test split."
        )
    return np.flatnonzero(is_test if split == "test" else ~is_test)


def centred(axes: np.ndarray) -> np.ndarray:
    """Poses [N, 4, 4] seen from their mean.

    Args:
        axes: [N, 3, 4], camera to world.
    """
    back = _unit(axes[:, :, 2].sum(0))
    right = _unit(np.cross(axes[:, :, 1].sum(0), back))
    mean = np.eye(4)
    mean[:3] = np.stack(
        [right, np.cross(back, right), back, axes[:, :, 3].mean(0)], axis=1
    )
    poses = np.tile(np.eye(4), (len(axes), 1, 1))
    poses[:, :3] = axes
    return np.linalg.inv(mean) @ poses


def _unit(vector):
    return vector / np.linalg.norm(vector)

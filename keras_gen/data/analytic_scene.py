"""A scene by formula: three balls above a chequered square, no files.

Every ray has an exact colour, depth and opacity, so that a test can tell how
far a learned scene is from the truth.
"""

import math
from typing import NamedTuple

import numpy as np

from keras_gen.data.scenes import Scene
from keras_gen.ops import cameras

# Centre, radius, colour.
BALLS = (
    ((0.0, 0.0, 0.1), 0.5, (0.85, 0.2, 0.15)),
    ((0.6, -0.45, -0.15), 0.25, (0.15, 0.35, 0.85)),
    ((-0.5, 0.6, -0.1), 0.3, (0.95, 0.75, 0.2)),
)
FLOOR, FLOOR_RADIUS = -0.4, 1.0
_TILES = np.array([[0.25, 0.25, 0.3], [0.85, 0.85, 0.8]])
_LIGHT = np.array([0.4, -0.5, 0.77])
_AMBIENT = 0.35
_SPLITS = {"train": (60, 0.0), "val": (10, 0.3), "test": (20, 0.55)}
_DISTANCE, _SIZE, _FINER = 4.0, 64, 3
_GOLDEN = math.pi * (3.0 - math.sqrt(5.0))


class Seen(NamedTuple):
    """What rays see.

    Attributes:
        rgb: [N, 3] in [0, 1], black where there is nothing.
        depth: [N] steps of the directions; inf where there is nothing.
        hit: [N] bool.
    """

    rgb: np.ndarray
    depth: np.ndarray
    hit: np.ndarray


def trace(rays: np.ndarray) -> Seen:
    """The exact answer for rays [N, 6]."""
    origins, directions = np.split(np.asarray(rays, np.float64), 2, axis=-1)
    depth = np.full(len(rays), np.inf)
    rgb = np.zeros((len(rays), 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = (FLOOR - origins[:, 2]) / directions[:, 2]
        place = origins + steps[:, np.newaxis] * directions
        on_floor = (steps > 0) & (np.abs(place[:, :2]) <= FLOOR_RADIUS).all(1)
    tiles = np.floor(place[on_floor, :2] * 2.0).sum(1).astype(int) % 2
    depth[on_floor] = steps[on_floor]
    rgb[on_floor] = _TILES[tiles] * _shade(np.array([0.0, 0.0, 1.0]))
    for center, radius, color in BALLS:
        away = origins - center
        a = (directions**2).sum(1)
        b = (away * directions).sum(1)
        under = b**2 - a * ((away**2).sum(1) - radius**2)
        steps = (-b - np.sqrt(np.maximum(under, 0.0))) / a
        first = (under > 0) & (steps > 0) & (steps < depth)
        place = origins[first] + steps[first, np.newaxis] * directions[first]
        depth[first] = steps[first]
        normals = (place - center) / radius
        rgb[first] = np.array(color) * _shade(normals)[:, np.newaxis]
    return Seen(rgb, depth, np.isfinite(depth))


def poses_of(split: str) -> np.ndarray:
    """Cameras [N, 4, 4] of a split, spread over the upper half of a sphere."""
    count, turn = _SPLITS[split]
    shares = (np.arange(count) + 0.5) / count
    heights = 0.1 + 0.8 * shares
    reach = np.sqrt(1.0 - heights**2)
    angles = _GOLDEN * np.arange(count) + 2.0 * math.pi * turn
    eyes = [reach * np.cos(angles), reach * np.sin(angles), heights]
    return np.stack([cameras.look_at(_DISTANCE * e) for e in np.stack(eyes, 1)])


def make(split: str = "train", size: int = _SIZE) -> Scene:
    """The scene, each pixel the mean of nine rays.

    Args:
        split: "train", "val" or "test".
        size: height and width of the images.

    Raises:
        ValueError: there is no such split.
    """
    if split not in _SPLITS:
        raise ValueError(
            f"`split` must be one of {', '.join(_SPLITS)}. Received: {split!r}."
        )
    poses, fine = poses_of(split), size * _FINER
    focal = 1.4 * size
    images = []
    for pose in poses:
        rays = cameras.pixel_rays(
            pose[np.newaxis], np.float32([focal * _FINER]), fine, fine
        )
        seen = trace(rays.numpy().reshape(-1, 6))
        levels = np.concatenate([seen.rgb, seen.hit[:, np.newaxis]], axis=1)
        levels = levels.reshape(size, _FINER, size, _FINER, 4).mean((1, 3))
        images.append(np.round(255.0 * levels).astype(np.uint8))
    return Scene(
        np.stack(images),
        poses,
        focal,
        _DISTANCE - 1.6,
        _DISTANCE + 1.6,
        "analytic",
        split,
        "the package",
    )


def _shade(normals):
    return _AMBIENT + (1.0 - _AMBIENT) * np.maximum(normals @ _LIGHT, 0.0)

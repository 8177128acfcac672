"""Cameras: poses, and the rays through the centres of their pixels.

A pose is a camera-to-world matrix [4, 4]: its columns are the camera's x axis
(right), y axis (up), z axis (backwards: it looks along -z) and position, as in
OpenGL and Blender. A ray is [6]: its origin, and its direction, which is not of
unit length: one step of it is one unit of depth along the camera's axis.

Reference: Mildenhall et al. 2020, arXiv 2003.08934, section 4 and appendix C.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen.ops import shapes

_TOLERANCE = 1e-3  # Of a rotation, whose file may hold four digits.


def pixel_rays(
    poses: tf.Tensor, focal: tf.Tensor, height: int, width: int
) -> tf.Tensor:
    """Rays through the centres of all pixels.

    Args:
        poses: [B, 4, 4] float32.
        focal: [B] float32, in pixels.
        height: H.
        width: W.

    Returns:
        [B, H, W, 6] float32.
    """
    shapes.check(poses, "B 4 4", "poses")
    shapes.check(focal, "B", "focal")
    # Differs from the paper's code: rays pass through centres, not corners.
    x = tf.range(width, dtype=tf.float32) + (0.5 - width / 2)
    y = tf.range(height, dtype=tf.float32) + (0.5 - height / 2)
    focal = focal[:, tf.newaxis, tf.newaxis]
    x = x[tf.newaxis, tf.newaxis, :] / focal
    y = -y[tf.newaxis, :, tf.newaxis] / focal
    directions = tf.stack(  # [B, H, W, 3]
        [
            x * poses[:, i, 0, tf.newaxis, tf.newaxis]
            + y * poses[:, i, 1, tf.newaxis, tf.newaxis]
            - poses[:, i, 2, tf.newaxis, tf.newaxis]
            for i in range(3)
        ],
        axis=-1,
    )
    origins = poses[:, tf.newaxis, tf.newaxis, :3, 3]
    origins = origins + tf.zeros_like(directions)
    return tf.concat([origins, directions], axis=-1)


def to_ndc(
    rays: tf.Tensor, focal: float, height: int, width: int, near: float = 1.0
) -> tf.Tensor:
    """Rays of a forward-facing scene in normalized device coordinates.

    The frustum beyond `near` becomes the cube [-1, 1]^3, and depths from `near`
    to infinity become steps from 0 to 1 of the new direction.

    Args:
        rays: [..., 6] in world coordinates; all cameras look along -z.
        focal: in pixels.
        height: of the images, in pixels.
        width: of the images, in pixels.
        near: depth of the near plane.

    Returns:
        [..., 6].

    Reference: Mildenhall et al. 2020, Eq. 25 and 26.
    """
    origin, direction = rays[..., :3], rays[..., 3:]
    step = -(near + origin[..., 2:]) / direction[..., 2:]
    origin = origin + step * direction  # On the near plane.
    ox, oy, oz = tf.unstack(origin, axis=-1)
    dx, dy, dz = tf.unstack(direction, axis=-1)
    scale_x, scale_y = -2.0 * focal / width, -2.0 * focal / height
    return tf.stack(
        [
            scale_x * ox / oz,
            scale_y * oy / oz,
            1.0 + 2.0 * near / oz,
            scale_x * (dx / dz - ox / oz),
            scale_y * (dy / dz - oy / oz),
            -2.0 * near / oz,
        ],
        axis=-1,
    )


def look_at(
    eye: Sequence[float],
    target: Sequence[float] = (0.0, 0.0, 0.0),
    up: Sequence[float] = (0.0, 0.0, 1.0),
) -> np.ndarray:
    """Pose [4, 4] float32 of a camera at `eye` that looks at `target`.

    Raises:
        ValueError: `eye` and `target` are equal, or `up` is the line of sight.
    """
    eye, target, up = (np.asarray(v, np.float64) for v in (eye, target, up))
    backwards = eye - target
    right = np.cross(up, backwards)
    if not np.linalg.norm(right) > 1e-6:
        raise ValueError(
            "`eye` must differ from `target`, in another direction than `up`. "
            f"Received: eye {eye}, target {target}, up {up}. Move the eye."
        )
    backwards /= np.linalg.norm(backwards)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(backwards, right), backwards], 1)
    pose[:3, 3] = eye
    return pose.astype(np.float32)


def turntable(num: int, radius: float, elevation: float) -> np.ndarray:
    """Poses [num, 4, 4] on a circle around the origin, which they look at.

    Args:
        num: of the poses.
        radius: distance of the origin.
        elevation: above the horizon, in rad.
    """
    height, reach = math.sin(elevation), math.cos(elevation)
    angles = 2.0 * math.pi * np.arange(num) / num
    return np.stack(
        [
            look_at(
                radius
                * np.array([reach * np.cos(a), reach * np.sin(a), height])
            )
            for a in angles
        ]
    )


def check_poses(poses: Any, name: str = "poses") -> None:
    """Raises ValueError unless all are rotations and positions.

    Args:
        poses: [N, 4, 4] numbers.
        name: what the message calls them.
    """
    poses = np.asarray(poses)
    shapes.check(poses, "N 4 4", name)
    for index, pose in enumerate(poses):
        turn = pose[:3, :3]
        away = np.abs(turn @ turn.T - np.eye(3)).max()
        # A reflection is orthogonal, too.
        if not away < _TOLERANCE or np.linalg.det(turn) < 0:
            raise ValueError(
                f"`{name}` must be rotations and positions: the first three "
                "columns of unit length, at right angles and right-handed. "
                f"Received at {index}: {np.round(turn, 4).tolist()}, whose "
                f"determinant is {np.linalg.det(turn):.3g}. Take scales and "
                "reflections out of the matrix."
            )
        if not np.isfinite(pose).all() or (pose[3] != (0, 0, 0, 1)).any():
            raise ValueError(
                f"`{name}` must be finite, with 0 0 0 1 as last row. Received "
                f"at {index}: {pose.tolist()}. Give camera-to-world matrices."
            )

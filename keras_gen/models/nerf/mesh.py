"""The surface of a field: marching cubes over its densities.

Reference: Lorensen and Cline 1987, "Marching Cubes".
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

_CHUNK = 65536  # Points that are asked at a time.


def densities(field: Callable, radius: float, size: int) -> np.ndarray:
    """Densities [size, size, size] at the vertices of a cube's grid.

    Args:
        field: (points [M, 3], directions [M, 3]) -> (rgb, density [M]).
        radius: half the edge of the cube around the origin.
        size: vertices along an edge.
    """
    axis = np.linspace(-radius, radius, size, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    _, found = _asked(field, grid.reshape(-1, 3))
    return found.reshape(size, size, size)


def of(field: Callable, radius: float, size: int, density: float) -> Any:
    """The surface where a field has a density, as a `trimesh.Trimesh`.

    Args:
        field: (points [M, 3], directions [M, 3]) -> (rgb, density [M]).
        radius: half the edge of the cube around the origin.
        size: vertices along an edge of the grid.
        density: on the surface.

    Returns:
        A mesh in units of the scene, whose vertices have colours as seen along
        their normals.

    Raises:
        ValueError: the density is nowhere, or everywhere.
        ImportError: scikit-image or trimesh is not installed.
    """
    try:
        import trimesh
        from skimage import measure
    except ImportError as error:
        raise ImportError(
            "A mesh needs scikit-image and trimesh. Install them by "
            "`pip install 'keras_gen[mesh]'`."
        ) from error
    found = densities(field, radius, size)
    if not found.min() < density < found.max():
        raise ValueError(
            "`density` must lie between the least and greatest density of the "
            f"field. Received {density:g}; the field has {found.min():.3g} to "
            f"{found.max():.3g} in the cube of radius {radius:g}. Choose one "
            "between them, or train longer if the field is empty."
        )
    # What touches the side of the cube is closed there.
    found = np.pad(found, 1)
    vertices, faces, _, _ = measure.marching_cubes(
        found, density, gradient_direction="ascent"
    )
    points = 2.0 * radius * (vertices - 1.0) / (size - 1) - radius
    surface = trimesh.Trimesh(points, faces, process=False)
    rgb, _ = _asked(field, points.astype(np.float32), -surface.vertex_normals)
    colors = np.round(255.0 * rgb).astype(np.uint8)
    surface.visual.vertex_colors = colors
    return surface


def _asked(field, points, directions=None):
    """(rgb [N, 3], density [N]), some points at a time."""
    if directions is None:
        directions = np.zeros_like(points)
    directions = np.ascontiguousarray(directions, np.float32)
    ask = tf.function(field, reduce_retracing=True)
    found = [
        ask(points[i : i + _CHUNK], directions[i : i + _CHUNK])
        for i in range(0, len(points), _CHUNK)
    ]
    return tuple(np.concatenate(each) for each in zip(*found, strict=True))

"""What a Keras user asks of a NeRF: views, depth, normals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen.models.nerf import mesh, nerf_endpoints
from keras_gen.ops import cameras


class Views:
    """Rendering of a model with `config`, `trace` and `program`."""

    def render(
        self,
        pose: Any,
        focal: float | None = None,
        view_size: tuple[int, int] | None = None,
    ) -> dict[str, np.ndarray]:
        """A view.

        Memory is bounded by `chunk_size`, whatever the size of the image.

        Args:
            pose: [4, 4], camera to world.
            focal: in pixels; where None that of the Config, in proportion to
                the width.
            view_size: (H, W); that of the Config where None.

        Returns:
            images [H, W, 3] in [-1, 1], depth [H, W], opacity [H, W].

        Raises:
            ValueError: the pose is no rotation and position, or the size is
                no size.
        """
        found = self.render_path([pose], focal, view_size)
        return {name: each[0] for name, each in found.items()}

    def render_path(
        self,
        poses: Sequence[Any],
        focal: float | None = None,
        view_size: tuple[int, int] | None = None,
    ) -> dict[str, np.ndarray]:
        """Views of a camera on its way, as `render`.

        Args:
            poses: [N, 4, 4], camera to world.
            focal: as in `render`.
            view_size: as in `render`.

        Returns:
            images [N, H, W, 3] in [-1, 1], depth and opacity [N, H, W].

        Raises:
            ValueError: as `render`.
        """
        poses = np.asarray(poses, np.float32)
        cameras.check_poses(poses)
        focal, size = self._lens(focal, view_size)
        draw = self.program(
            ("picture", size),
            lambda *camera: nerf_endpoints.picture(self, *camera, size),
            jit_compile=True,
        )
        views = [
            draw(tf.constant(pose[np.newaxis]), tf.constant([focal]))
            for pose in poses
        ]
        return {
            name: np.concatenate([view[name].numpy() for view in views])
            for name in views[0]
        }

    def _lens(self, focal, view_size):
        """The focal length in pixels, and (H, W)."""
        size = self.config.view_size
        if view_size is not None:
            size = tuple(int(length) for length in view_size)
        if len(size) != 2 or min(size) < 1:
            raise ValueError(
                "`view_size` must be (height, width) in pixels, both 1 or "
                f"more. Received: {view_size}."
            )
        if focal is None:
            focal = self.config.focal * size[1] / self.config.view_size[1]
        return np.float32(focal), size

    def normals(
        self,
        pose: Any,
        focal: float | None = None,
        view_size: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """Directions that surfaces face, from the depth of a view.

        Args:
            pose: as in `render`.
            focal: as in `render`.
            view_size: as in `render`.

        Returns:
            [H, W, 3] of unit length in world coordinates, 0 where the view is
            more background than not.

        Raises:
            ValueError: as `render`; or normalized device coordinates, whose
                depths are no lengths.
        """
        if self.config.ndc:
            raise ValueError(
                "`normals` needs a model whose depths are lengths. Received "
                "one in normalized device coordinates (ndc)."
            )
        focal, size = self._lens(focal, view_size)
        seen = self.render(pose, focal, size)
        rays = cameras.pixel_rays(
            np.float32(pose)[np.newaxis],
            focal[np.newaxis],
            *size,
        ).numpy()[0]
        points = rays[..., :3] + seen["depth"][..., np.newaxis] * rays[..., 3:]
        down, right = np.gradient(points, axis=(0, 1))
        found = np.cross(down, right)
        length = np.linalg.norm(found, axis=-1, keepdims=True)
        found = found / np.maximum(length, 1e-12)
        return found * (seen["opacity"] > 0.5)[..., np.newaxis]

    def to_mesh(self, size: int = 128, density: float = 10.0) -> Any:
        """The surface of the scene, as a `trimesh.Trimesh`.

        Args:
            size: vertices along an edge of the grid of densities.
            density: on the surface.

        Returns:
            A mesh in the cube of `scene_radius`; `mesh.export("scene.ply")`
            writes it.

        Raises:
            ValueError: no point has that density, or all have more.
            ImportError: scikit-image or trimesh is not installed.
        """
        return mesh.of(self.field, self.config.scene_radius, size, density)

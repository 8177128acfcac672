"""What a Keras user asks of a NeRF: views, depth, normals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen.models.nerf import nerf_endpoints
from keras_gen.ops import cameras


class Views:
    """Rendering of a model with `config`, `trace` and `program`."""

    def render(
        self, pose: Any, focal: float | None = None
    ) -> dict[str, np.ndarray]:
        """A view.

        Memory is bounded by `chunk_size`, whatever the size of the image.

        Args:
            pose: [4, 4], camera to world.
            focal: in pixels; that of the Config where None.

        Returns:
            images [H, W, 3] in [-1, 1], depth [H, W], opacity [H, W].

        Raises:
            ValueError: the pose is no rotation and position.
        """
        found = self.render_path([pose], focal)
        return {name: each[0] for name, each in found.items()}

    def render_path(
        self, poses: Sequence[Any], focal: float | None = None
    ) -> dict[str, np.ndarray]:
        """Views of a camera on its way, as `render`.

        Args:
            poses: [N, 4, 4], camera to world.
            focal: in pixels; that of the Config where None.

        Returns:
            images [N, H, W, 3] in [-1, 1], depth and opacity [N, H, W].

        Raises:
            ValueError: a pose is no rotation and position.
        """
        poses = np.asarray(poses, np.float32)
        cameras.check_poses(poses)
        focal = np.float32([self.config.focal if focal is None else focal])
        draw = self.program(
            "picture",
            lambda poses, focal: nerf_endpoints.picture(self, poses, focal),
            jit_compile=True,
        )
        views = [
            draw(tf.constant(pose[np.newaxis]), tf.constant(focal))
            for pose in poses
        ]
        return {
            name: np.concatenate([view[name].numpy() for view in views])
            for name in views[0]
        }

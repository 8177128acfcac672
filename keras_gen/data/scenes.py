"""Scenes: photographs of one thing, and where each was taken from.

    scene = scenes.load("analytic", "train")
    rays, colors = scene.rays(white_background=True)

`load` knows the procedural scene `analytic`, and by their files those of NeRF
(`transforms_train.json`), of LLFF (`poses_bounds.npy`), of COLMAP as text
(`images.txt`) and NumPy archives.
"""

import dataclasses
import os
import pathlib

import numpy as np

from keras_gen.data.examples import DataError
from keras_gen.ops import cameras


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """Views of a scene, checked once.

    Attributes:
        images: [N, H, W, 3] uint8, or [N, H, W, 4] whose colours are multiplied
            by their opacity, the fourth number.
        poses: [N, 4, 4] float32, camera to world; see `ops.cameras`.
        focal: in pixels.
        near: depth that everything lies beyond.
        far: depth that everything lies before.
        name: of the scene.
        split: such as "train" or "test".
        source: where the files were found.
        attribution: authors and licence.

    Raises:
        DataError: images and poses do not fit together, a pose is no rotation,
            or there are less than two views.
    """

    images: np.ndarray
    poses: np.ndarray
    focal: float
    near: float
    far: float
    name: str
    split: str
    source: str
    attribution: str = ""

    def __post_init__(self) -> None:
        images, poses = self.images, self.poses
        if images.dtype != np.uint8 or images.ndim != 4:
            raise DataError(
                "`images` must be [N, H, W, 3 or 4] uint8. Received shape "
                f"{list(images.shape)} {images.dtype} from {self.source}."
            )
        if images.shape[3] not in (3, 4):
            raise DataError(
                "`images` must have 3 channels, or 4 with opacity. Received "
                f"{images.shape[3]} from {self.source}. Convert the files."
            )
        if len(images) != len(poses):
            raise DataError(
                f"Each image needs a pose. Received {len(images)} images and "
                f"{len(poses)} poses from {self.source}."
            )
        if len(images) < 2:
            raise DataError(
                "A scene must have two views or more: one says nothing of "
                f"depth. Received {len(images)} from {self.source} "
                f"({self.split})."
            )
        try:
            cameras.check_poses(poses)
        except ValueError as error:
            raise DataError(f"{self.source}: {error}") from error
        if not (self.focal > 0 and 0 <= self.near < self.far):
            raise DataError(
                "`focal` must be positive and `near` less than `far`. "
                f"Received: focal {self.focal:g}, near {self.near:g}, far "
                f"{self.far:g} from {self.source}."
            )

    @property
    def image_size(self) -> tuple[int, int]:
        """H and W, in pixels."""
        return tuple(self.images.shape[1:3])

    def colors(self, white_background: bool) -> np.ndarray:
        """Images [N, H, W, 3] float32 in [-1, 1] on white or on black.

        Raises:
            DataError: white is asked for, and the images have no opacity.
        """
        levels = self.images[..., :3].astype(np.float32)
        if white_background:
            if self.images.shape[3] != 4:
                raise DataError(
                    "`white_background` needs images with opacity (RGBA). "
                    f"Received RGB from {self.source}. Set "
                    "white_background=False, and what lies behind is learned."
                )
            levels += 255.0 - self.images[..., 3:]
        return np.clip(levels, 0.0, 255.0) / 127.5 - 1.0

    def rays(self, white_background: bool) -> tuple[np.ndarray, np.ndarray]:
        """What `NeRF.fit` eats: every pixel of every view.

        Returns:
            (rays [N H W, 6], colors [N H W, 3] in [-1, 1]), float32.

        Raises:
            DataError: as `colors`.
        """
        colors = self.colors(white_background)
        focal = np.full(len(self.poses), self.focal, np.float32)
        rays = cameras.pixel_rays(self.poses, focal, *self.image_size)
        return rays.numpy().reshape(-1, 6), colors.reshape(-1, 3)


def load(
    name: str,
    split: str = "train",
    data_dir: str | os.PathLike | None = None,
) -> Scene:
    """One split of a scene, in memory.

    Args:
        name: "analytic", or what to call the scene of `data_dir`.
        split: "train", "test", or "val" where there is one. LLFF and COLMAP
            have every eighth view for "test", the others for "train".
        data_dir: of the files, or a NumPy archive.

    Raises:
        DataError: missing or damaged files, or views that are no scene.
    """
    from keras_gen.data import (  # Late: they make Scenes.
        analytic_scene,
        blender_scene,
        colmap_scene,
        llff_scene,
        npz_scene,
    )

    if data_dir is None:
        if name == "analytic":
            return analytic_scene.make(split)
        raise DataError(
            f"`data_dir` is missing: only `analytic` ships. Received: {name!r}."
            " Name the folder of the scene, or its .npz."
        )
    place = pathlib.Path(data_dir).expanduser()
    if not place.exists():
        raise DataError(f"`data_dir` must exist. Received {place}.")
    readers = (npz_scene, blender_scene, llff_scene, colmap_scene)
    for reader in readers:
        found = reader.read(place, name, split)
        if found is not None:
            return found
    layouts = "; ".join(reader.LAYOUT for reader in readers)
    raise DataError(
        f"`data_dir` must hold a scene. Looked in {place} for: {layouts}."
    )

"""Config of a run on the photographs of a scene."""

import dataclasses

from keras_gen import config
from trainers import run_config


@dataclasses.dataclass(frozen=True)
class SceneRunConfig(run_config.RunConfig):
    """Where a scene comes from, and how its rays are drawn."""

    scene: str = config.field(
        "analytic", "The scene that ships, or a name for that of data_dir."
    )
    data_dir: str = config.field(
        "",
        "Folder with transforms_train.json, poses_bounds.npy or COLMAP's text "
        "files, or a .npz.",
    )
    steps_per_epoch: int = config.field(
        500, "Steps between looks at the test views.", low=1
    )
    precrop_steps: int = config.field(
        500, "Steps in which rays come from the middle of images.", low=0
    )
    precrop_share: float = config.field(
        0.5, "Of the height and width, in those steps.", low=0.01, high=1.0
    )
    num_test_views: int = config.field(
        5, "Test views that PSNR is taken of after an epoch; 0 for all.", low=0
    )

    @property
    def fixed(self) -> tuple[str, ...]:
        return (
            "scene",
            "steps_per_epoch",
            "precrop_steps",
            "precrop_share",
            *super().fixed,
        )

"""Config of a run on images."""

import dataclasses

from keras_gen import config
from keras_gen.data import catalog
from trainers import run_config


@dataclasses.dataclass(frozen=True)
class ImageRunConfig(run_config.RunConfig):
    """Where images come from, and how those of the model are looked at."""

    dataset: str = config.field(
        "digits", "Data set: " + ", ".join(catalog.names()) + "."
    )
    data_dir: str = config.field(
        "", "Where the data are, if not in one of the usual places."
    )
    image_size: tuple[int, ...] = config.field(
        (), "Height and width to resize the images of a folder to.", low=1
    )
    binarization: str = config.field(
        "none",
        "How grey levels become black and white: none, threshold (at 128), "
        "fixed (drawn once) or dynamic (drawn anew for every step).",
        choices=("none", "threshold", "fixed", "dynamic"),
    )
    num_samples: int = config.field(64, "Images on a sample sheet.", low=1)
    fid_every_epochs: int = config.field(
        0,
        "Epochs between FID and KID of generated images in the features of a "
        "classifier, which is trained on the labels at the start; 0 for none.",
        low=0,
    )
    num_fid_images: int = config.field(
        2000, "Images generated for FID and KID.", low=2
    )

    def check(self) -> None:
        super().check()
        if len(self.image_size) not in (0, 2):
            raise ValueError(
                "`image_size` must be height,width. Received: "
                f"{self.image_size}."
            )

    @property
    def fixed(self) -> tuple[str, ...]:
        return ("dataset", "image_size", "binarization", *super().fixed)

"""Runs of style transfer in one pass: which styles, in which eyes."""

import dataclasses
from typing import Any

from keras_gen import config
from trainers import image_run


@dataclasses.dataclass(frozen=True)
class StyleRunConfig(image_run.ImageRunConfig):
    """A run on photographs, that looks through VGG-19."""

    vgg_file: str = config.field(
        "imagenet", "npz or .h5 file of VGG-19, or imagenet to download it."
    )
    crop_size: tuple[int, ...] = config.field(
        (),
        "Height and width of pieces to learn from, from random places and "
        "mirrored half of the times; whole images where it is left out.",
        low=1,
    )

    def check(self) -> None:
        super().check()
        if len(self.crop_size) not in (0, 2):
            raise ValueError(
                f"`crop_size` must be height,width. Received: {self.crop_size}."
            )
        if self.fid_every_epochs:
            raise ValueError(
                "`fid_every_epochs` is of models that draw images of nothing. "
                f"Received: {self.fid_every_epochs}. Leave it out."
            )

    @property
    def fixed(self) -> tuple[str, ...]:
        return (*super().fixed, "vgg_file", "crop_size")

    def image_shape(self, whole: tuple[int, ...]) -> tuple[int, ...]:
        """(H, W, C) of what is learned from, given that of the images."""
        return (*(self.crop_size or whole[:2]), *whole[2:])


@dataclasses.dataclass(frozen=True)
class FastStyleRunConfig(StyleRunConfig):
    """The run of a network of some styles."""

    styles: str = config.field("", "Files of style images, between commas.")
    style_side: int = config.field(
        256, "Pixels of their longer side; 0 as they are.", low=0
    )

    @property
    def fixed(self) -> tuple[str, ...]:
        return (*super().fixed, "styles", "style_side")


@dataclasses.dataclass(frozen=True)
class AdaINRunConfig(StyleRunConfig):
    """The run of a decoder for all styles."""

    style_dir: str = config.field(
        "", "Folder of style images, with `train/` and `test/` or without."
    )
    adain_decoder_file: str = config.field(
        "", "npz file of a decoder to begin with."
    )

    @property
    def fixed(self) -> tuple[str, ...]:
        return (*super().fixed, "style_dir", "adain_decoder_file")


def styles_of(run: FastStyleRunConfig) -> list[Any]:
    """Images [H, W, 3] in [-1, 1].

    Args:
        run: of the flags.

    Raises:
        ValueError: there are none, or one cannot be read.
    """
    from keras_gen import data

    if not run.styles:
        raise ValueError(
            "`styles` is missing: give the files of style images, such as "
            "--styles=starry_night.jpg,wave.jpg."
        )
    paths = (each.strip() for each in run.styles.split(","))
    return [data.read_image(each, run.style_side)[0] for each in paths]

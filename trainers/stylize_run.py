"""What `trainers.stylize` is asked for."""

import dataclasses
from typing import Any

from keras_gen import config


@dataclasses.dataclass(frozen=True)
class StylizeRun(config.Config):
    """Images, and how the one is to be painted in the style of the other."""

    content: str = config.field("", "Files of photographs, between commas.")
    style: str = config.field("", "Files of style images, between commas.")
    output: str = config.field("", "The PNG file to write.")
    model: str = config.field(
        "",
        "A model.keras of FastStyleTransfer or AdaINStyleTransfer, for one "
        "pass; pixels are optimised if not given.",
    )
    vgg_file: str = config.field(
        "imagenet", "npz or .h5 file of VGG-19, or imagenet to download it."
    )
    adain_decoder_file: str = config.field(
        "", "npz file of AdaIN's decoder, instead of a model."
    )
    longest_side: int = config.field(
        512, "Pixels that larger images are reduced to; 0 as they are.", low=0
    )
    image_size: tuple[int, ...] = config.field(
        (), "Height and width to crop and resize images to, instead.", low=16
    )
    blend: bool = config.field(
        False, "Whether all styles go into one image; a sheet if not."
    )
    strength: float = config.field(
        1.0, "Of the style, by AdaIN; from 0 to 1.", low=0.0, high=1.0
    )
    pooling: str = config.field(
        "avg", "Of VGG-19, where pixels are optimised.", choices=("avg", "max")
    )
    precision: str = config.field(
        "float32",
        "Of VGG-19, where pixels are optimised: mixed_bfloat16 is faster on "
        "processors that know it, with losses within two hundredths.",
        choices=("float32", "mixed_bfloat16"),
    )
    winograd: bool = config.field(
        True,
        "On a CPU in float32: deep convolutions by Winograd's algorithm, which "
        "take seconds to compile; then steps take a fifth less.",
    )
    optimizer: str = config.field(
        "lbfgs", "Of pixels: lbfgs, adam or another one of Keras."
    )
    learning_rate: float = config.field(0.04, "Of Keras' optimizers.", low=0.0)
    num_steps: int = config.field(100, "Of the optimizer, at each size.", low=1)
    num_scales: int = config.field(
        1, "Sizes, each twice the one before.", low=1
    )
    start: str = config.field(
        "content",
        "Where pixels begin.",
        choices=("content", "noise", "style"),
    )
    keep_colors: bool = config.field(
        False, "Whether the colours of the photograph stay."
    )
    seed: int = config.field(0, "Of noise.")

    def check(self) -> None:
        if len(self.image_size) not in (0, 2):
            raise ValueError(
                f"`image_size` must be height,width. Received: "
                f"{self.image_size}."
            )
        if self.model and self.adain_decoder_file:
            raise ValueError(
                "`model` and `adain_decoder_file` exclude each other. Received "
                f"{self.model} and {self.adain_decoder_file}. Give one."
            )
        several = "," in self.content or ("," in self.style and not self.blend)
        if several and not self.image_size:
            raise ValueError(
                "`image_size` is missing: images of a sheet have one size. "
                "Give height,width, or ask for one image."
            )

    def photos(self, field: str) -> list[Any]:
        """Images [1, H, W, 3] of the files of `content` or `style`.

        Raises:
            ValueError: there are none, or one cannot be read.
        """
        from keras_gen import data

        paths = getattr(self, field)
        if not paths:
            raise ValueError(
                f"`{field}` is missing: name the image file, or several "
                "between commas."
            )
        size = self.image_size or None
        return [
            data.read_image(each.strip(), self.longest_side, size)
            for each in paths.split(",")
        ]

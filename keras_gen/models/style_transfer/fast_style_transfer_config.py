"""Config of FastStyleTransfer."""

import dataclasses
from typing import Self

from keras_gen import config
from keras_gen.models.style_transfer import objective_config, sizes

# Of what the network reduces images by.
_MULTIPLE = 4


@dataclasses.dataclass(frozen=True)
class FastStyleTransferConfig(objective_config.ObjectiveConfig):
    """Hyper-parameters of `FastStyleTransfer`."""

    image_shape: tuple[int, ...] = config.field(
        (256, 256, 3),
        "(H, W, 3) of images in training and on a phone, multiples of 4.",
        low=3,
        length=3,
    )
    num_styles: int = config.field(1, "K, styles of one network.", low=1)
    widths: tuple[int, ...] = config.field(
        (32, 64, 128),
        "Channels at the size of the image, at half and a quarter of it.",
        low=1,
        length=3,
    )
    num_blocks: int = config.field(5, "Residual blocks.", low=0)
    kernel_size: int = config.field(
        9, "Of the first and last convolution; odd.", low=1
    )
    content_layers: str = config.field(
        "block3_conv3", "Layers that see the content, between commas."
    )
    style_layers: str = config.field(
        "block1_conv1,block2_conv1,block3_conv1,block4_conv1",
        "Layers that see the style, between commas.",
    )
    style_weight: float = config.field(10.0, "beta.", low=0.0)
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    def check(self) -> None:
        super().check()
        sizes.check_image_shape(self.image_shape, _MULTIPLE)
        if not self.kernel_size % 2:
            raise ValueError(
                f"`kernel_size` must be odd. Received: {self.kernel_size}."
            )

    @classmethod
    def tiny(cls) -> Self:
        objective = dataclasses.asdict(objective_config.ObjectiveConfig.tiny())
        return cls(
            **objective,
            image_shape=(16, 16, 3),
            num_styles=2,
            widths=(4, 4, 4),
            num_blocks=1,
            kernel_size=3,
        )

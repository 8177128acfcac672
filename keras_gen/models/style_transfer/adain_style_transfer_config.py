"""Config of AdaINStyleTransfer."""

import dataclasses
from typing import Self

from keras_gen import config
from keras_gen.models.style_transfer import sizes

STRIDE = 8  # Of the encoder.
_STYLE_LAYERS = ",".join(f"block{n}_conv1" for n in range(1, 5))


@dataclasses.dataclass(frozen=True)
class AdaINStyleTransferConfig(config.Config):
    """Hyper-parameters of `AdaINStyleTransfer`."""

    image_shape: tuple[int, ...] = config.field(
        (256, 256, 3),
        "(H, W, 3) of images in training and on a phone, multiples of 8.",
        low=3,
        length=3,
    )
    style_layers: str = config.field(
        _STYLE_LAYERS,
        "Layers that see the style, between commas; the last is decoded.",
    )
    style_weight: float = config.field(10.0, "lambda.", low=0.0)
    seed: int = config.field(0, "Of the initial weights.")

    def check(self) -> None:
        sizes.check_image_shape(self.image_shape, STRIDE)
        if not all(self.layers):
            raise ValueError(
                "`style_layers` must be names of layers between commas. "
                f"Received: {self.style_layers!r}."
            )

    @property
    def layers(self) -> list[str]:
        """What the encoder returns."""
        return [each.strip() for each in self.style_layers.split(",")]

    @classmethod
    def tiny(cls) -> Self:
        return cls(image_shape=(16, 16, 3))

"""Configs of pixel models."""

import dataclasses
from typing import Self

from keras_gen import config

KINDS = ("diagonal", "row")


@dataclasses.dataclass(frozen=True)
class PixelConfig(config.Config):
    """What all pixel models have."""

    image_shape: tuple[int, ...] = config.field(
        (28, 28, 1), "(H, W, C) of the images.", low=1, length=3
    )
    num_levels: int = config.field(
        2,
        "V, values that a number of an image can have: 2 for black and white, "
        "256 for 8 bits.",
        low=2,
        high=256,
    )
    num_classes: int = config.field(
        0, "Classes that can be asked for; 0 for none.", low=0
    )
    width: int = config.field(
        64, "D, numbers of a pixel between layers.", low=1
    )
    num_layers: int = config.field(8, "Layers between first and last.", low=1)
    temperature: float = config.field(
        1.0, "Of what is drawn, unless said otherwise.", low=1e-3
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    @classmethod
    def tiny(cls) -> Self:
        return cls(image_shape=(3, 4, 1), width=4, num_layers=1)

    def _check_multiple(self, name: str, factor: int) -> None:
        if getattr(self, name) % factor:
            raise ValueError(
                f"`{name}` must be a multiple of {factor} for images of "
                f"{self.image_shape[2]} channels. Received: "
                f"{getattr(self, name)}."
            )


@dataclasses.dataclass(frozen=True)
class _HeadedConfig(PixelConfig):
    """What those have that end in logits of all levels."""

    kernel_size: int = config.field(
        7, "Of the first layer, which sees pixels; odd.", low=3
    )
    head_width: int = config.field(
        64, "Numbers of a pixel before the logits.", low=1
    )

    def check(self) -> None:
        channels = self.image_shape[2]
        if not self.kernel_size % 2:
            raise ValueError(
                "`kernel_size` must be odd: as many pixels on one side as on "
                f"the other. Received: {self.kernel_size}."
            )
        if self.image_shape[1] < self.kernel_size // 2:
            raise ValueError(
                "`kernel_size` must be at most twice the width of the images. "
                f"Received: {self.kernel_size}, for width "
                f"{self.image_shape[1]}."
            )
        self._check_multiple("width", self._halves * channels)
        self._check_multiple("head_width", channels)

    @property
    def _halves(self) -> int:
        """2 where a layer is half as wide inside."""
        return 2

    @classmethod
    def tiny(cls) -> Self:
        return dataclasses.replace(super().tiny(), kernel_size=3, head_width=4)


@dataclasses.dataclass(frozen=True)
class PixelCNNConfig(_HeadedConfig):
    """Hyper-parameters of `PixelCNN`."""


@dataclasses.dataclass(frozen=True)
class GatedPixelCNNConfig(_HeadedConfig):
    """Hyper-parameters of `GatedPixelCNN`."""

    width: int = config.field(
        32, "p, numbers of a pixel in each of the two stacks.", low=1
    )

    @property
    def _halves(self) -> int:
        return 1


@dataclasses.dataclass(frozen=True)
class PixelRNNConfig(_HeadedConfig):
    """Hyper-parameters of `PixelRNN`."""

    kind: str = config.field(
        "diagonal",
        "Of the LSTMs: diagonal ones see all pixels before, those of rows a "
        "triangle above.",
        choices=KINDS,
    )
    width: int = config.field(
        32, "D, numbers of a pixel between layers; an LSTM has half.", low=2
    )
    num_layers: int = config.field(4, "LSTMs.", low=1)
    head_width: int = config.field(
        32, "Numbers of a pixel before the logits.", low=1
    )


@dataclasses.dataclass(frozen=True)
class PixelCNNPlusPlusConfig(PixelConfig):
    """Hyper-parameters of `PixelCNNPlusPlus`."""

    num_levels: int = config.field(
        256, "V, values that a number of an image can have.", low=2, high=256
    )
    num_components: int = config.field(
        5, "K, logistics of the mixture of a pixel.", low=1
    )
    width: int = config.field(
        32, "Numbers of a pixel in each of the two stacks.", low=1
    )
    num_layers: int = config.field(
        4, "Of each stack on the way down, and as many on the way up.", low=1
    )

    @classmethod
    def tiny(cls) -> Self:
        changes = {"num_levels": 8, "num_components": 2}
        return dataclasses.replace(super().tiny(), **changes)

"""Config of the autoencoder of latent diffusion."""

import dataclasses
import math
from typing import Self

from keras_gen import config


@dataclasses.dataclass(frozen=True)
class KLAutoencoderConfig(config.Config):
    """Hyper-parameters of `KLAutoencoder`."""

    image_shape: tuple[int, ...] = config.field(
        (28, 28, 1), "(H, W, C) of the images.", low=1, length=3
    )
    widths: tuple[int, ...] = config.field(
        (32, 64),
        "Channels of each level of encoder and decoder; each after the first "
        "halves the size.",
        low=1,
    )
    num_blocks: int = config.field(
        1, "Residual blocks of a level of the encoder.", low=1
    )
    num_groups: int = config.field(
        8, "Of group normalization; divides all widths.", low=1
    )
    latent_channels: int = config.field(
        4, "Z, channels of the latent maps.", low=1
    )
    kl_weight: float = config.field(
        1e-6, "Of the KL divergence, in nats for each image.", low=0.0
    )
    reconstruction: str = config.field(
        "l1",
        "Error of a pixel: l1, its size, or l2, its square.",
        choices=("l1", "l2"),
    )
    learn_noise: bool = config.field(
        False,
        "Whether the scale of the errors is learned, as the noise of p(x|z); "
        "it is 1 otherwise.",
    )
    perceptual_weight: float = config.field(
        0.0,
        "Of the perceptual distance beside the mean error of a pixel; 1 in "
        "the paper's code.",
        low=0.0,
    )
    adversarial_weight: float = config.field(
        0.0,
        "Of the loss that a discriminator gives; 0.5 in the paper's code; 0 "
        "for no discriminator.",
        low=0.0,
    )
    adversarial_start_step: int = config.field(
        0,
        "Step at which the discriminator joins; 50001 in the paper's code.",
        low=0,
    )
    adaptive_weight: bool = config.field(
        True,
        "Whether the discriminator's gradient is made as large as that of the "
        "reconstruction, at the last layer, before it is weighted.",
    )
    discriminator_widths: tuple[int, ...] = config.field(
        (32, 64, 128),
        "Channels of each convolution of the discriminator.",
        low=1,
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    def check(self) -> None:
        if not self.widths:
            raise ValueError(
                "`widths` must name at least one level. Received: ()."
            )
        factor = 2 ** (len(self.widths) - 1)
        shape = self.image_shape
        if any(size % factor for size in shape[:2]):
            raise ValueError(
                "`image_shape` must be (height, width, channels) with a height "
                f"and width that divide by {factor}, as `widths` has "
                f"{len(self.widths)} levels. Received: {shape}. Resize the "
                "images, or give fewer widths."
            )
        if any(width % self.num_groups for width in self.widths):
            raise ValueError(
                "`num_groups` must divide all of `widths`. Received: "
                f"{self.num_groups} and {self.widths}. Choose a common divisor."
            )
        if self.adversarial_weight:
            self._check_discriminator()

    def _check_discriminator(self) -> None:
        widths = self.discriminator_widths
        if not widths or any(width % self.num_groups for width in widths[1:]):
            raise ValueError(
                "`num_groups` must divide all of `discriminator_widths` but "
                f"the first. Received: {self.num_groups} and {widths}. Choose "
                "a common divisor."
            )
        least = 3 * 2 ** (len(widths) - 1)
        if min(self.image_shape[:2]) < least:
            raise ValueError(
                f"`discriminator_widths` with {len(widths)} convolutions needs "
                f"images of at least {least} pixels. Received: image_shape "
                f"{self.image_shape}. Give fewer widths."
            )

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """(h, w, Z) of the latent maps."""
        factor = 2 ** (len(self.widths) - 1)
        height, width, _ = self.image_shape
        return height // factor, width // factor, self.latent_channels

    @property
    def latent_size(self) -> int:
        """Numbers in a latent map."""
        return math.prod(self.latent_shape)

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            image_shape=(8, 8, 1),
            widths=(4, 8),
            num_blocks=1,
            num_groups=2,
            latent_channels=2,
            discriminator_widths=(4, 8),
        )

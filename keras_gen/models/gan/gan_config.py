"""Config of the GAN, and what every adversarial model has in common."""

import dataclasses
from typing import Self

from keras_gen import config


@dataclasses.dataclass(frozen=True)
class AdversarialConfig(config.Config):
    """Hyper-parameters of a generator and a discriminator."""

    image_shape: tuple[int, ...] = config.field(
        (28, 28, 1), "(H, W, C) of the images.", low=1
    )
    latent_size: int = config.field(
        100, "Z, numbers in the latent vector.", low=1
    )
    latent: str = config.field(
        "normal",
        "Distribution of the latent vector: normal, or uniform in [-1, 1].",
        choices=("normal", "uniform"),
    )
    loss: str = config.field(
        "non_saturating",
        "What generator and discriminator minimise.",
        choices=(
            "non_saturating",
            "minimax",
            "least_squares",
            "hinge",
            "wasserstein",
        ),
    )
    num_discriminator_updates: int = config.field(
        1,
        "Updates of the discriminator for each of the generator; each sees "
        "its own equal part of the batch.",
        low=1,
    )
    ema_decay: float = config.field(
        0.999,
        "Of the moving average of the generator's weights, which draws the "
        "samples; 0 draws with the last weights.",
        low=0.0,
        high=1.0,
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    def check(self) -> None:
        if len(self.image_shape) != 3:
            raise ValueError(
                "`image_shape` must be (height, width, channels). Received: "
                f"{self.image_shape}."
            )
        if self.ema_decay == 1:
            raise ValueError(
                "`ema_decay` must be below 1, or the average would never "
                "leave the initial weights. Received: 1.0."
            )


@dataclasses.dataclass(frozen=True)
class GANConfig(AdversarialConfig):
    """Hyper-parameters of `GAN`."""

    generator_widths: tuple[int, ...] = config.field(
        (512, 1024), "Units of each hidden layer of the generator.", low=1
    )
    discriminator_widths: tuple[int, ...] = config.field(
        (1024, 512), "Units of each hidden layer of the discriminator.", low=1
    )
    activation: str = config.field(
        "leaky_relu",
        "Of all hidden layers.",
        choices=("leaky_relu", "relu", "tanh", "silu", "gelu", "elu"),
    )

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            image_shape=(8, 8, 1),
            latent_size=3,
            generator_widths=(8,),
            discriminator_widths=(8,),
            ema_decay=0.9,
        )

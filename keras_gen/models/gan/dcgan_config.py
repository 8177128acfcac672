"""Config of DCGAN."""

import dataclasses
from typing import Self

from keras_gen import config
from keras_gen.models.gan import gan_config


@dataclasses.dataclass(frozen=True)
class DCGANConfig(gan_config.AdversarialConfig):
    """Hyper-parameters of `DCGAN`."""

    generator_widths: tuple[int, ...] = config.field(
        (64, 128),
        "Channels of the generator's layers from the picture's side; each "
        "doubles the size.",
        low=1,
    )
    discriminator_widths: tuple[int, ...] = config.field(
        (64, 128),
        "Channels of the discriminator's layers; each halves the size.",
        low=1,
    )
    conditioning: str = config.field(
        "projection",
        "How the discriminator uses labels; none is for an auxiliary "
        "classifier.",
        choices=("concatenation", "channels", "projection", "none"),
    )
    label_embedding_size: int = config.field(
        50, "Numbers of a class beside the latent vector.", low=1
    )

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            image_shape=(8, 8, 1),
            latent_size=3,
            generator_widths=(4, 6),
            discriminator_widths=(4, 6),
            label_embedding_size=2,
            ema_decay=0.9,
        )

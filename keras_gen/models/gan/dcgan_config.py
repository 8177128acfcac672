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
    generator_conditioning: str = config.field(
        "concatenation",
        "How the generator uses labels: an embedding beside the latent "
        "vector, or a scale and shift for each class behind every norm.",
        choices=("concatenation", "norm"),
    )
    label_embedding_size: int = config.field(
        50, "Numbers of a class beside the latent vector.", low=1
    )
    generator_norm: str = config.field(
        "batch",
        "Normalization in the generator.",
        choices=("batch", "instance", "layer", "none"),
    )
    discriminator_norm: str = config.field(
        "batch",
        "Normalization in the discriminator; not batch with a penalty on "
        "slopes.",
        choices=("batch", "instance", "layer", "none"),
    )
    spectral_norm: bool = config.field(
        False, "Divides the discriminator's kernels by their largest stretch."
    )
    minibatch_deviation: bool = config.field(
        False,
        "Tells the discriminator how much the images of a batch differ.",
    )
    generator_dropout: float = config.field(
        0.0,
        "Share of the generator's channels that are dropped, when drawing too.",
        low=0.0,
        high=0.9,
    )
    generator_noise: float = config.field(
        0.0,
        "Standard deviation of noise on the maps of the generator's layers, "
        "when drawing too.",
        low=0.0,
    )

    def check(self) -> None:
        super().check()
        penalty = self.gradient_penalty_weight or self.r1_weight
        if penalty and self.discriminator_norm == "batch":
            raise ValueError(
                "`discriminator_norm` batch mixes the images of a batch, so "
                "no image has a slope of its own to penalise. Received: "
                f"gradient_penalty_weight={self.gradient_penalty_weight}, "
                f"r1_weight={self.r1_weight}. Use layer, instance or none."
            )
        if self.generator_noise and self.latent != "normal":
            raise ValueError(
                "`generator_noise` needs `latent` normal, of which the noise "
                f"is a part. Received: generator_noise={self.generator_noise}, "
                f"latent={self.latent!r}. Change one of them."
            )
        if self.generator_conditioning == "norm" and (
            self.generator_norm == "none" or not self.num_classes
        ):
            raise ValueError(
                "`generator_conditioning` norm needs classes and a norm. "
                f"Received: num_classes={self.num_classes}, generator_norm="
                f"{self.generator_norm!r}. Use concatenation, or set them."
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

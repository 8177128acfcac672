"""Config of the GAN, and what every adversarial model has in common.

The switches are the seventeen of "How to Train a GAN?" (docs/gan_hacks.md) and
what came after it. The neutral value of each removes it exactly.
"""

import dataclasses
from typing import Self

from keras_gen import config

# Names alone: what is behind them needs TensorFlow, for which `--help` of a
# trainer need not wait.
LOSSES = ("non_saturating", "minimax", "least_squares", "hinge", "wasserstein")
POLICIES = ("color", "translation", "cutout")
_WITHOUT_TARGETS = ("hinge", "wasserstein")


@dataclasses.dataclass(frozen=True)
class AdversarialConfig(config.Config):
    """Hyper-parameters of a generator and a discriminator."""

    image_shape: tuple[int, ...] = config.field(
        (28, 28, 1), "(H, W, C) of the images.", low=1, length=3
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
        choices=LOSSES,
    )
    num_classes: int = config.field(
        0, "V, classes of the labels; 0 takes no labels.", low=0
    )
    auxiliary_weight: float = config.field(
        0.0,
        "Of the cross-entropy of classes that the discriminator also tells.",
        low=0.0,
    )
    vae_weight: float = config.field(
        0.0,
        "Of the loss of a VAE whose decoder is the generator; an encoder is "
        "trained beside it. A hundredth is a start.",
        low=0.0,
    )
    num_discriminator_updates: int = config.field(
        1,
        "Updates of the discriminator for each of the generator; each sees "
        "its own equal part of the batch.",
        low=1,
    )
    separate_batches: bool = config.field(
        True,
        "Whether real and generated images go through the discriminator "
        "apart, with batch statistics of their own.",
    )
    real_target_low: float = config.field(
        1.0, "Least target of real images; 0.7 is usual noise.", low=0.0
    )
    real_target_high: float = config.field(
        1.0,
        "Greatest target of real images; 1.2 is usual noise. Both at 0.9 are "
        "one-sided label smoothing.",
        low=0.0,
    )
    fake_target_low: float = config.field(
        0.0, "Least target of generated images.", low=0.0
    )
    fake_target_high: float = config.field(
        0.0, "Greatest target of generated images; 0.3 is usual.", low=0.0
    )
    flip_rate: float = config.field(
        0.0,
        "Share of rows whose two targets the discriminator gets swapped.",
        low=0.0,
        high=1.0,
    )
    instance_noise: float = config.field(
        0.0,
        "Standard deviation of noise on what the discriminator sees.",
        low=0.0,
    )
    instance_noise_steps: int = config.field(
        0, "Steps in which that noise falls to 0; 0 keeps it.", low=0
    )
    replay_rate: float = config.field(
        0.0,
        "Share of generated images that come from an earlier generator when "
        "the discriminator learns.",
        low=0.0,
        high=1.0,
    )
    replay_period: int = config.field(
        200, "Steps between snapshots of that earlier generator.", low=1
    )
    gradient_penalty_weight: float = config.field(
        0.0,
        "lambda of the penalty on slopes between real and generated images; "
        "10 with the Wasserstein loss.",
        low=0.0,
    )
    r1_weight: float = config.field(
        0.0, "gamma of the penalty on slopes at real images.", low=0.0
    )
    augmentation: str = config.field(
        "",
        "DiffAugment of all that the discriminator sees: some of "
        f"{', '.join(POLICIES)}, parted by commas.",
    )
    ema_decay: float = config.field(
        0.999,
        "Of the moving average of the generator's weights, which draws the "
        "samples; lower in the first steps; 0 draws with the last weights.",
        low=0.0,
        below=1.0,
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    def check(self) -> None:
        self._check_targets()
        unknown = set(self.policies) - set(POLICIES)
        if unknown:
            raise ValueError(
                "`augmentation` must be some of "
                f"{', '.join(POLICIES)}, parted by commas. "
                f"Received: {self.augmentation!r}."
            )
        if self.vae_weight and self.latent != "normal":
            raise ValueError(
                "`vae_weight` needs `latent` normal, the prior of a VAE. "
                f"Received: vae_weight={self.vae_weight}, latent="
                f"{self.latent!r}. Change one of them."
            )
        if self.auxiliary_weight and not self.num_classes:
            raise ValueError(
                "`auxiliary_weight` needs classes: set `num_classes`. "
                f"Received: auxiliary_weight={self.auxiliary_weight}, "
                "num_classes=0."
            )

    @property
    def policies(self) -> tuple[str, ...]:
        """Of the augmentation."""
        return tuple(filter(None, self.augmentation.split(",")))

    @property
    def has_label_hacks(self) -> bool:
        """Whether the discriminator's targets are others than 1 and 0."""
        return self._targets != (1.0, 1.0, 0.0, 0.0) or self.flip_rate > 0

    @property
    def _targets(self) -> tuple[float, float, float, float]:
        return (
            self.real_target_low,
            self.real_target_high,
            self.fake_target_low,
            self.fake_target_high,
        )

    def _check_targets(self) -> None:
        if self.has_label_hacks and self.loss in _WITHOUT_TARGETS:
            raise ValueError(
                "Soft, noisy or flipped targets need a loss that has targets: "
                "non_saturating, minimax or least_squares. The loss "
                f"{self.loss} compares logits and has none. Received: "
                f"targets {self._targets}, flip_rate={self.flip_rate}. Leave "
                "them neutral, or choose another loss."
            )
        low, high, fake_low, fake_high = self._targets
        if low > high or fake_low > fake_high:
            raise ValueError(
                "`real_target_low` and `fake_target_low` must not exceed the "
                f"high ones. Received: {self._targets}."
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
        "Of all hidden layers; relu is that of hack 5 left out.",
        choices=("leaky_relu", "relu", "tanh", "silu", "gelu", "elu"),
    )

    def check(self) -> None:
        super().check()
        if self.num_classes:
            raise ValueError(
                "`num_classes` needs networks that take labels: use DCGAN. "
                f"Received: {self.num_classes}."
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

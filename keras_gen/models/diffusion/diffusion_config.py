"""Config of Diffusion."""

import dataclasses
from typing import Self

from keras_gen import config

# Names alone: what is behind them needs TensorFlow, for which `--help` of a
# trainer need not wait.
SCHEDULES = ("cosine", "edm", "flow", "linear", "scaled_linear")
PREDICTIONS = ("edm", "epsilon", "flow", "v", "x0")
WEIGHTINGS = ("edm", "min_snr", "simple")
# Without noisy ones: of endpoints the latent vector alone decides the image.
SOLVERS = ("ddim", "dpmpp_2m", "euler", "heun", "pndm", "unipc")
SPACINGS = (
    "karras",
    "lcm",
    "leading",
    "linspace",
    "time",
    "trailing",
    "whole",
)


@dataclasses.dataclass(frozen=True)
class DiffusionConfig(config.Config):
    """Hyper-parameters of `Diffusion`."""

    image_shape: tuple[int, ...] = config.field(
        (28, 28, 1), "(H, W, C) of the images.", low=1, length=3
    )
    num_classes: int = config.field(
        0, "V, classes of the labels; 0 takes no labels.", low=0
    )
    network: str = config.field(
        "unet",
        "U-Net or transformer (DiT) of patches.",
        choices=("dit", "unet"),
    )
    widths: tuple[int, ...] = config.field(
        (32, 64, 64),
        "Channels of the U-Net's levels; each after the first halves the size. "
        "The transformer has the first.",
        low=1,
    )
    num_blocks: int = config.field(
        1, "Residual blocks of a level on the way down.", low=1
    )
    attention_levels: tuple[int, ...] = config.field(
        (2,), "Levels with attention, 0 being the picture's size.", low=0
    )
    patch_size: int = config.field(
        2, "Pixels on the side of a transformer's patch.", low=1
    )
    num_layers: int = config.field(6, "Blocks of the transformer.", low=1)
    num_heads: int = config.field(4, "N, heads of the attention.", low=1)
    num_groups: int = config.field(
        8, "Of group normalization; divides all widths.", low=1
    )
    schedule: str = config.field(
        "cosine", "How much noise there is in training.", choices=SCHEDULES
    )
    prediction: str = config.field(
        "v", "What the network predicts.", choices=PREDICTIONS
    )
    weighting: str = config.field(
        "simple", "How errors weigh at different noise.", choices=WEIGHTINGS
    )
    self_conditioning: bool = config.field(
        False,
        "Whether the network sees its guess of the step before, beside the "
        "image.",
    )
    label_dropout: float = config.field(
        0.1,
        "Share of rows that are trained without their label, for guidance.",
        low=0.0,
        high=1.0,
    )
    ema_decay: float = config.field(
        0.999,
        "Of the moving average of the network, which draws the samples; lower "
        "in the first steps; 0 draws with the last weights.",
        low=0.0,
        below=1.0,
    )
    solver: str = config.field(
        "dpmpp_2m", "How images are drawn.", choices=SOLVERS
    )
    num_steps: int = config.field(
        10, "S, steps from noise to an image, unless said otherwise.", low=1
    )
    spacing: str = config.field(
        "karras", "Where the steps of sampling stand.", choices=SPACINGS
    )
    guidance_scale: float = config.field(
        1.0,
        "How far samples are driven towards their class, unless said "
        "otherwise; 1 follows what was learned.",
        low=0.0,
    )
    guidance_from_sigma: float = config.field(
        0.0, "Smallest sigma of guidance.", low=0.0
    )
    guidance_to_sigma: float = config.field(
        0.0, "Largest sigma of guidance; 0 for any.", low=0.0
    )
    num_encoder_steps: int = config.field(
        50, "Steps from an image to its noise, or to its density.", low=1
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    def check(self) -> None:
        check_spacing(self)
        if 0 < self.guidance_to_sigma <= self.guidance_from_sigma:
            raise ValueError(
                "`guidance_to_sigma` must be above `guidance_from_sigma`. "
                f"Received: {self.guidance_to_sigma} and "
                f"{self.guidance_from_sigma}."
            )
        if self.guidance_scale != 1 and not self.num_classes:
            raise ValueError(
                "`guidance_scale` needs classes: set `num_classes`. Received: "
                f"guidance_scale={self.guidance_scale}, num_classes=0."
            )

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            image_shape=(8, 8, 1),
            widths=(4,),
            num_blocks=1,
            attention_levels=(),
            num_heads=2,
            num_groups=2,
            ema_decay=0.9,
            num_steps=3,
            num_encoder_steps=3,
        )


def check_spacing(config: config.Config) -> None:
    """Refuses steps of timesteps where time has none.

    Raises:
        ValueError: `spacing` does not fit `schedule`.
    """
    continuous = config.schedule not in ("linear", "scaled_linear")
    if continuous and config.spacing not in ("karras", "time"):
        raise ValueError(
            f"`spacing` {config.spacing} counts timesteps, which the schedule "
            f"{config.schedule} does not have. Use time or karras, or the "
            "schedule linear or scaled_linear."
        )

"""Config of LatentDiffusion."""

import dataclasses
from typing import Self

from keras_gen import config
from keras_gen.models.diffusion import diffusion_config


@dataclasses.dataclass(frozen=True)
class LatentDiffusionConfig(config.Config):
    """Hyper-parameters of `LatentDiffusion`."""

    image_shape: tuple[int, ...] = config.field(
        (32, 32, 3), "(H, W, C) of the images.", low=1, length=3
    )
    latent_scale: float = config.field(
        1.0, "Times the latent maps, which brings them to variance 1.", low=0.0
    )
    widths: tuple[int, ...] = config.field(
        (64, 128),
        "Channels of the U-Net's levels; each after the first halves the size.",
        low=1,
    )
    num_blocks: int = config.field(
        1, "Residual blocks of a level on the way down.", low=1
    )
    attention_levels: tuple[int, ...] = config.field(
        (0, 1), "Levels that look at the prompt, 0 being the largest.", low=0
    )
    num_heads: int = config.field(4, "N, heads of the attention.", low=1)
    num_groups: int = config.field(
        8, "Of group normalization; divides all widths.", low=1
    )
    prompt_length: int = config.field(
        77,
        "T, tokens of a prompt with its two ends; what is over is cut.",
        low=3,
    )
    text_width: int = config.field(
        128, "D, numbers of a token of the prompt.", low=1
    )
    text_layers: int = config.field(4, "Blocks of the text encoder.", low=1)
    text_heads: int = config.field(4, "Heads of its attention.", low=1)
    schedule: str = config.field(
        "cosine",
        "How much noise there is in training.",
        choices=diffusion_config.SCHEDULES,
    )
    prediction: str = config.field(
        "v", "What the network predicts.", choices=diffusion_config.PREDICTIONS
    )
    weighting: str = config.field(
        "simple",
        "How errors weigh at different noise.",
        choices=diffusion_config.WEIGHTINGS,
    )
    caption_dropout: float = config.field(
        0.1,
        "Share of rows that are trained with an empty caption, for guidance.",
        low=0.0,
        high=1.0,
    )
    ema_decay: float = config.field(
        0.999,
        "Of the moving average of the networks, which draws the samples; lower "
        "in the first steps; 0 draws with the last weights.",
        low=0.0,
        below=1.0,
    )
    solver: str = config.field(
        "dpmpp_2m", "How images are drawn.", choices=diffusion_config.SOLVERS
    )
    num_steps: int = config.field(
        15, "S, steps from noise to an image, unless said otherwise.", low=1
    )
    spacing: str = config.field(
        "time",
        "Where the steps of sampling stand.",
        choices=diffusion_config.SPACINGS,
    )
    guidance_scale: float = config.field(
        4.0,
        "How far samples are driven towards their prompt, unless said "
        "otherwise; 1 follows what was learned.",
        low=0.0,
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    def check(self) -> None:
        diffusion_config.check_spacing(self)

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            image_shape=(8, 8, 3),
            widths=(4,),
            num_blocks=1,
            attention_levels=(0,),
            num_heads=2,
            num_groups=2,
            prompt_length=6,
            text_width=8,
            text_layers=1,
            text_heads=2,
            ema_decay=0.9,
            num_steps=3,
        )

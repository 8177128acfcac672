"""Configs of the models of music."""

import dataclasses
from typing import Self

from keras_gen import config
from keras_gen.models.sequences import language_config

TOKENIZERS = ("chorale", "melody", "performance")


@dataclasses.dataclass(frozen=True)
class MelodyRNNConfig(language_config.RecurrentLMConfig):
    """Hyper-parameters of `MelodyRNN`."""

    tokenizer: str = config.field(
        "melody", "What a token is.", choices=TOKENIZERS
    )
    padded: bool = config.field(
        True, "Whether rows may end early: `fit` is told their lengths."
    )

    @classmethod
    def tiny(cls) -> Self:
        return cls(length=8, width=8)


@dataclasses.dataclass(frozen=True)
class MusicTransformerConfig(language_config.TransformerLMConfig):
    """Hyper-parameters of `MusicTransformer`."""

    tokenizer: str = config.field(
        "chorale", "What a token is.", choices=TOKENIZERS
    )
    length: int = config.field(
        256,
        "T, tokens of a piece: in a window of training, and at most.",
        low=2,
    )
    positions: str = config.field(
        "relative",
        "How attention knows distances: by angles, or by vectors of their own.",
        choices=language_config.POSITIONS,
    )
    padded: bool = config.field(
        True, "Whether rows may end early: `fit` is told their lengths."
    )

    @classmethod
    def tiny(cls) -> Self:
        return cls(length=9, width=8, num_layers=2, num_heads=2)

"""Config of `Seq2Seq`."""

import dataclasses
from typing import Self

from keras_gen import config
from keras_gen.models.sequences import language_config

KINDS = ("recurrent", "transformer")


@dataclasses.dataclass(frozen=True)
class Seq2SeqConfig(language_config.LanguageConfig):
    """Hyper-parameters of `Seq2Seq`."""

    kind: str = config.field(
        "transformer",
        "Of the network; recurrent has a layer of each sort, and attention.",
        choices=KINDS,
    )
    cell: str = config.field(
        "lstm", "Of the recurrent network.", choices=language_config.CELLS
    )
    source_length: int = config.field(
        64, "S, tokens of a source, at most.", low=1
    )
    length: int = config.field(
        64, "T, tokens of a target with its end, at most.", low=2
    )
    num_layers: int = config.field(
        2, "Of the transformer's encoder, and of its decoder.", low=1
    )
    num_heads: int = config.field(
        4, "N, heads of the transformer's attention.", low=1
    )
    beam_width: int = config.field(
        4, "K, beams of a search, unless said otherwise.", low=1
    )
    length_penalty: float = config.field(
        0.0, "Of a search: 0 ranks by log p, 1 by that of a token.", low=0.0
    )

    @classmethod
    def tiny(cls) -> Self:
        tiny = super().tiny()
        return dataclasses.replace(
            tiny,
            num_layers=1,
            num_heads=2,
            source_length=6,
            length=6,
            alphabet="\n abcd",
            temperature=5.0,
        )

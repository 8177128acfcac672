"""Configs of language models."""

import dataclasses
from typing import Self

from keras_gen import config

# Names alone: what is behind them needs TensorFlow, for which `--help` of a
# trainer need not wait.
TOKENIZERS = ("byte_pairs", "bytes", "characters", "words")
CELLS = ("gru", "lstm")
POSITIONS = ("relative", "rotary")


@dataclasses.dataclass(frozen=True)
class LanguageConfig(config.Config):
    """What all language models have."""

    tokenizer: str = config.field(
        "bytes", "What a token is.", choices=TOKENIZERS
    )
    alphabet: str = config.field(
        "", "Of characters: each once, sorted; those of a text, in a trainer."
    )
    vocabulary: str = config.field(
        "",
        "Merges of byte_pairs, or words as a JSON list; those of a text, in a "
        "trainer.",
    )
    length: int = config.field(
        128, "T, tokens of a text: in a window of training, and at most.", low=2
    )
    width: int = config.field(128, "D, numbers of a token.", low=1)
    num_layers: int = config.field(4, "Layers of the network.", low=1)
    tied: bool = config.field(
        True, "Whether a token's vector is the same going in and coming out."
    )
    dropout: float = config.field(
        0.0,
        "Share of channels that a row of a training step goes without, of the "
        "vectors and of what each layer adds.",
        low=0.0,
        high=0.9,
    )
    temperature: float = config.field(
        1.0, "Of what is drawn, unless said otherwise.", low=1e-3
    )
    top_k: int = config.field(
        0, "Tokens that may be drawn, unless said otherwise; 0 for all.", low=0
    )
    top_p: float = config.field(
        1.0,
        "Only the likeliest tokens that together have this probability may be "
        "drawn, unless said otherwise.",
        low=1e-3,
        high=1.0,
    )
    padded: bool = config.field(
        False, "Whether rows may end early: `fit` is told their lengths."
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    def check(self) -> None:
        for name, owners in (
            ("alphabet", ("characters",)),
            ("vocabulary", ("byte_pairs", "words")),
        ):
            value = getattr(self, name)
            if (self.tokenizer in owners) != bool(value):
                raise ValueError(
                    f"`{name}` and the tokenizer {' or '.join(owners)} go "
                    f"together. Received: tokenizer={self.tokenizer!r}, "
                    f"{name}={value[:40]!r}."
                )

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            tokenizer="characters",
            alphabet="\n abc",
            length=8,
            width=8,
            num_layers=2,
        )


@dataclasses.dataclass(frozen=True)
class TransformerLMConfig(LanguageConfig):
    """Hyper-parameters of `TransformerLM`."""

    num_heads: int = config.field(4, "N, heads of the attention.", low=1)
    num_key_heads: int = config.field(
        0, "Heads of keys and values; as many as of queries where 0.", low=0
    )
    positions: str = config.field(
        "rotary",
        "How attention knows distances: by angles, or by vectors of their own.",
        choices=POSITIONS,
    )

    @property
    def num_distances(self) -> int:
        """With vectors of their own."""
        return self.length if self.positions == "relative" else 0

    @classmethod
    def tiny(cls) -> Self:
        return dataclasses.replace(super().tiny(), num_heads=2)


@dataclasses.dataclass(frozen=True)
class RecurrentLMConfig(LanguageConfig):
    """Hyper-parameters of `RecurrentLM`."""

    cell: str = config.field("lstm", "Of the layers.", choices=CELLS)
    num_layers: int = config.field(2, "Layers of the network.", low=1)
    num_carried: int = config.field(
        0,
        "Rows of a batch in training whose state goes on from the same row of "
        "the batch before (truncated back-propagation); 0 for none.",
        low=0,
    )

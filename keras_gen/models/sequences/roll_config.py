"""Config of the model of piano rolls."""

import dataclasses
from typing import Self

from keras_gen import config
from keras_gen.models.sequences import language_config

NETWORKS = ("gru", "lstm", "transformer")


@dataclasses.dataclass(frozen=True)
class PianoRollConfig(config.Config):
    """Hyper-parameters of `PianoRollModel`."""

    num_keys: int = config.field(88, "K, keys of the roll.", low=1)
    length: int = config.field(
        160, "T, frames of a row of training, and at most.", low=2
    )
    network: str = config.field("lstm", "The kind.", choices=NETWORKS)
    width: int = config.field(180, "D, numbers of a frame.", low=1)
    num_layers: int = config.field(1, "Layers of the network.", low=1)
    num_heads: int = config.field(
        4, "N, heads of attention, of a transformer.", low=1
    )
    positions: str = config.field(
        "relative",
        "How attention knows distances: by angles, or by vectors of their own.",
        choices=language_config.POSITIONS,
    )
    dropout: float = config.field(
        0.0,
        "Share of channels that a row of a training step goes without, of the "
        "vectors and of what each layer adds.",
        low=0.0,
        high=0.9,
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    @property
    def num_distances(self) -> int:
        """With vectors of their own."""
        return self.length if self.positions == "relative" else 0

    @classmethod
    def tiny(cls) -> Self:
        return cls(num_keys=5, length=6, width=8, num_heads=2)
